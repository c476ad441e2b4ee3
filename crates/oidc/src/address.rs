//! Addresses that sign-in may use: https, or http on the machine itself.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;

/// An address over https, or over http to a loopback address. It has no user, query or fragment.
///
/// Its text stays as it was given: the issuer of a token must equal it exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address(String);

/// The text is no such address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be an https URL without query or fragment: https://login.example.com")]
pub struct NotAnAddress;

impl Address {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host and port, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }

    /// This path below it.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0.trim_end_matches('/'))
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        if text.contains('?') || check(text).is_none() {
            return Err(NotAnAddress);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an address that a provider names may be used. A provider over https names no others.
pub(crate) fn may_be_used(address: &str, issuer: &Address) -> bool {
    let secure = |address: &str| address.starts_with("https://");
    check(address).is_some() && (secure(address) || !secure(issuer.as_str()))
}

/// Something if the text is an address over https, or over http to the machine itself.
fn check(text: &str) -> Option<()> {
    let plain = text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    if !plain || text.contains('#') {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let host = authority.host();
    if host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    match uri.scheme_str()? {
        "https" => Some(()),
        "http" => is_loopback(host).then_some(()),
        _ => None,
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_an_address_and_http_on_the_machine_itself() {
        for text in [
            "https://login.example.com",
            "https://login.example.com:8443/realms/a/",
            "http://127.0.0.1:3000",
            "http://localhost:3000/a",
            "http://[::1]:3000",
        ] {
            assert_eq!(
                text.parse::<Address>().map(|address| address.to_string()).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "https://user@login.example.com",
            "https://login.example.com/?a=b",
            "https://login.example.com/#a",
            "https://",
            "https:///a",
            "ftp://login.example.com",
            "login.example.com",
            "https://login.example.com\\@evil.example",
            "https://login.exa mple.com",
            "",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text}");
        }
    }

    #[test]
    fn a_provider_over_https_names_no_address_over_http() {
        let secure: Address = "https://login.example.com".parse().expect("an address");
        let local: Address = "http://127.0.0.1:3000".parse().expect("an address");
        assert!(may_be_used("https://login.example.com/token?a=b", &secure));
        assert!(may_be_used("http://127.0.0.1:3000/token", &local));
        assert!(!may_be_used("http://127.0.0.1:3000/token", &secure));
        assert!(!may_be_used("http://login.example.com/token", &local));
        assert!(!may_be_used("/token", &secure));
    }

    #[test]
    fn the_host_is_shown_without_the_path() {
        let address: Address =
            "https://login.example.com:8443/realms/a".parse().expect("an address");
        assert_eq!(address.host(), "login.example.com:8443");
        assert_eq!(address.join("/x"), "https://login.example.com:8443/realms/a/x");
    }
}
