//! The token of a session: 256 random bits in a cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use http::Problem;
use sha2::{Digest as _, Sha256};
use store::sessions::LASTS_HOURS;

/// The cookie. With this prefix browsers take it over TLS or from this machine only, for this host and all paths.
const COOKIE: &str = "__Host-dossier";
/// Bytes of a token.
const TOKEN_BYTES: usize = 32;

/// A session's token, which only its browser has.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// A 500 when the system has no randomness.
    pub(crate) fn random() -> Result<Self, Problem> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "no randomness for a session");
            Problem::internal()
        })?;
        Ok(Self(hex(&bytes)))
    }

    /// The token that a request has.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut cookies =
            cookies.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
        let token = cookies.find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == COOKIE).then_some(value)
        })?;
        let digits = token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let whole = token.len() == TOKEN_BYTES.saturating_mul(2);
        (digits && whole).then(|| Self(token.to_owned()))
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What the session's forms send. It says nothing about the token.
    pub(super) fn csrf(&self) -> String {
        let hash =
            Sha256::new().chain_update("dossier console form").chain_update(self.0.as_bytes());
        hex(&hash.finalize())
    }

    /// The header that gives it to the browser.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let seconds = i64::from(LASTS_HOURS).saturating_mul(3_600);
        header_value(&format!("{COOKIE}={}; Path=/; Max-Age={seconds}; {FLAGS}", self.0))
    }

    /// The header that takes it away again.
    pub(crate) fn no_cookie() -> HeaderValue {
        header_value(&format!("{COOKIE}=; Path=/; Max-Age=0; {FLAGS}"))
    }
}

const FLAGS: &str = "Secure; HttpOnly; SameSite=Strict";

fn header_value(text: &str) -> HeaderValue {
    // Digits and our own words are always a header's value.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::COOKIE, cookies.parse().expect("a value"))]);
        Token::of(&headers).map(|token| token.0)
    }

    #[test]
    fn the_cookie_that_was_given_is_read_back() {
        let token = Token::random().expect("a token");
        let cookie = token.cookie();
        let cookie = cookie.to_str().expect("text");
        assert!(cookie.contains("; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair");
        assert_eq!(sent(&format!("a=b; {pair}; c=d")), Some(token.0));
    }

    #[test]
    fn another_cookie_is_no_token() {
        let digits = "0".repeat(64);
        for cookies in
            ["", "a=b", "__Host-dossier=", "__Host-dossier=0123", &format!("dossier={digits}")]
        {
            assert_eq!(sent(cookies), None, "{cookies}");
        }
        assert_eq!(sent(&format!("__Host-dossier={}", "G".repeat(64))), None);
        assert_eq!(sent(&format!("__Host-dossier={digits}")), Some(digits));
    }

    #[test]
    fn what_forms_send_differs_from_what_is_stored() {
        let token = Token::random().expect("a token");
        assert_ne!(token.csrf(), hex(&token.hash()));
        assert_ne!(token.csrf(), token.0);
    }
}
