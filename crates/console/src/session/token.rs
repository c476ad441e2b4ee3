//! The token of a session: 256 random bits in a cookie.

use axum::http::{HeaderMap, HeaderValue};
use http::Problem;
use sha2::{Digest as _, Sha256};
use store::sessions::LASTS_HOURS;
use subtle::ConstantTimeEq as _;

use super::cookie;

/// The cookie. With this prefix browsers take it over TLS or from this machine only, for this host and all paths.
const COOKIE: &str = "__Host-dossier";
/// Only pages of this host send it.
const SAME_SITE: &str = "Strict";
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
        Ok(Self(hex(&random()?)))
    }

    /// The token that a request has.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let token = cookie::sent(headers, COOKIE)?;
        let digits = token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let whole = token.len() == TOKEN_BYTES.saturating_mul(2);
        (digits && whole).then(|| Self(token.to_owned()))
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What the session's forms send. It says nothing about the token, and is another text on each page: the length of a
    /// compressed page says nothing about it either.
    ///
    /// # Errors
    ///
    /// A 500 when the system has no randomness.
    pub(super) fn csrf(&self) -> Result<String, Problem> {
        let mask = random()?;
        let masked: Vec<u8> =
            self.form_hash().iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        Ok(hex(&mask) + &hex(&masked))
    }

    /// Whether a form of this session sent this.
    pub(super) fn has_sent(&self, csrf: &str) -> bool {
        let digits: Option<Vec<u8>> =
            csrf.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
        let Some(digits) = digits.filter(|_| csrf.len() == TOKEN_BYTES.saturating_mul(4)) else {
            return false;
        };
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect();
        let (mask, masked) = bytes.split_at(TOKEN_BYTES);
        let sent: Vec<u8> = mask.iter().zip(masked).map(|(mask, byte)| mask ^ byte).collect();
        sent.ct_eq(&self.form_hash()).into()
    }

    fn form_hash(&self) -> [u8; TOKEN_BYTES] {
        let hash =
            Sha256::new().chain_update("dossier console form").chain_update(self.0.as_bytes());
        hash.finalize().into()
    }

    /// The header that gives it to the browser.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let seconds = i64::from(LASTS_HOURS).saturating_mul(3_600);
        cookie::given(COOKIE, &self.0, seconds, SAME_SITE)
    }

    /// The header that takes it away again.
    pub(crate) fn no_cookie() -> HeaderValue {
        cookie::given(COOKIE, "", 0, SAME_SITE)
    }
}

fn random() -> Result<[u8; TOKEN_BYTES], Problem> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness for a session");
        Problem::internal()
    })?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use axum::http::header;

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
        let (one, two) = (token.csrf().expect("a text"), token.csrf().expect("a text"));
        assert_ne!(one, two, "each page has another");
        for sent in [&one, &two] {
            assert!(token.has_sent(sent));
            assert!(!sent.contains(&hex(&token.hash())) && !sent.contains(&token.0));
            assert!(!Token::random().expect("another").has_sent(sent));
        }
        for sent in
            ["", "0", &one[1..], &one.replace(&one[..1], "g"), &"0".repeat(128), &"ü".repeat(64)]
        {
            assert!(!token.has_sent(sent), "{sent}");
        }
    }
}
