//! A sign-in by an identity provider that has begun: what the browser keeps until the provider sends the person back.

use axum::http::{HeaderMap, HeaderValue};
use oidc::{Attempt, Fault};

use super::cookie;
use crate::posted::decoded;
use crate::url;

/// The cookie.
const COOKIE: &str = "__Host-dossier-sign-in";
/// The provider sends the person back from another site, so `Strict` would keep it.
const SAME_SITE: &str = "Lax";
/// How long a person may take at the provider, in minutes.
pub(crate) const LASTS_MINUTES: u8 = 10;
/// Characters of the cookie, at most: browsers drop longer ones. Without the address to lead to, it always fits.
const CHARS_MAX: usize = 3_800;

/// A sign-in that has begun.
pub(crate) struct SignIn {
    /// What the provider is asked.
    pub(crate) attempt: Attempt,
    /// The address that the person wanted.
    pub(crate) to: String,
    /// Why the person reads, if that was said.
    pub(crate) purpose: String,
}

impl SignIn {
    /// A new one.
    ///
    /// # Errors
    ///
    /// When the system has no randomness.
    pub(crate) fn begin(to: String, purpose: String) -> Result<Self, Fault> {
        Ok(Self { attempt: Attempt::random()?, to, purpose })
    }

    /// The one that a request has.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parts = cookie::sent(headers, COOKIE)?.splitn(3, '!');
        let attempt = Attempt::of_secret(parts.next()?)?;
        let mut text = || decoded(parts.next()?.as_bytes());
        Some(Self { attempt, to: text()?, purpose: text()? })
    }

    /// The header that gives it to the browser.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let with = |to: &str| {
            format!(
                "{}!{}!{}",
                self.attempt.secret(),
                url::escaped(to),
                url::escaped(&self.purpose)
            )
        };
        let whole = with(&self.to);
        let value = if whole.len() > CHARS_MAX { with("") } else { whole };
        cookie::given(COOKIE, &value, i64::from(LASTS_MINUTES).saturating_mul(60), SAME_SITE)
    }

    /// The header that takes it away again.
    pub(crate) fn no_cookie() -> HeaderValue {
        cookie::given(COOKIE, "", 0, SAME_SITE)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn a_sign_in_is_read_back_from_its_cookie() {
        let begun = SignIn::begin("/console/audit?actor=a!b".to_owned(), "T-1; ü!".to_owned());
        let begun = begun.expect("a sign-in");
        let cookie = begun.cookie();
        let cookie = cookie.to_str().expect("text");
        assert!(cookie.ends_with("Max-Age=600; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair").parse().expect("a value");
        let found = SignIn::of(&HeaderMap::from_iter([(header::COOKIE, pair)])).expect("it");
        assert_eq!((found.to, found.purpose), (begun.to, begun.purpose));
        assert_eq!(found.attempt.secret(), begun.attempt.secret());
    }

    #[test]
    fn an_address_that_is_too_long_is_left_out() {
        let begun = SignIn::begin("/console?q=".to_owned() + &"!".repeat(1_900), "ü".repeat(300));
        let cookie = begun.expect("a sign-in").cookie();
        assert!(cookie.len() < 4_096, "{}", cookie.len());
        assert!(!cookie.to_str().expect("text").contains("console"));
    }
}
