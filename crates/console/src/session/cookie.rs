//! Cookies. With the prefix `__Host-` browsers take them over TLS or from this machine only, for this host and all paths.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of a cookie that a request has.
pub(super) fn sent<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut cookies =
        cookies.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    cookies.find_map(|cookie| {
        let (known, value) = cookie.trim().split_once('=')?;
        (known == name).then_some(value)
    })
}

/// The header that gives a cookie to the browser, for so many seconds. None of them takes it away.
pub(super) fn given(name: &str, value: &str, seconds: i64, same_site: &str) -> HeaderValue {
    let text = format!(
        "{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite={same_site}"
    );
    // Letters, digits and our own words are always a header's value.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}
