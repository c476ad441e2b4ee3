//! Forms: which page sent them, and the values of their fields.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use http::context::REASON_CHARS_MAX;
use http::problem::Code;
use http::{App, Problem, body, headers};

use crate::session::Session;

/// Why something is read or changed.
pub(crate) const X_REASON: HeaderName = HeaderName::from_static("x-reason");

/// What a form sent. It may have an API key, so it has no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Posted(Arc<Vec<(String, String)>>);

impl Posted {
    /// Reads the form of a request.
    ///
    /// # Errors
    ///
    /// A problem when the body is no form.
    pub(crate) async fn read(app: &App, request: Request) -> Result<Self, Problem> {
        body::require_type(request.headers(), &["application/x-www-form-urlencoded"])?;
        let bytes = body::read(request.into_body(), app.settings).await?;
        Self::of(&bytes)
    }

    fn of(bytes: &Bytes) -> Result<Self, Problem> {
        let malformed = || Problem::new(Code::MalformedBody, "the form is not valid");
        let fields = bytes.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
        let fields = fields.map(|field| {
            let mut parts = field.splitn(2, |byte| *byte == b'=');
            let name = decoded(parts.next().unwrap_or_default())?;
            Some((name, decoded(parts.next().unwrap_or_default())?))
        });
        Ok(Self(Arc::new(fields.collect::<Option<_>>().ok_or_else(malformed)?)))
    }

    /// The first value of a field.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// The same without white space around it, if anything is left.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// All values of a field.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }
}

impl<S: Sync> FromRequestParts<S> for Posted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only forms that were checked are there.
        parts.extensions.get().cloned().ok_or_else(Problem::cross_site)
    }
}

/// Accepts a form only if a page of the same session sent it. Runs before every handler that changes something.
pub(crate) async fn take_posted(
    State(app): State<App>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return Ok(next.run(request).await);
    }
    require_same_site(request.headers(), request.uri())?;
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body);
    *whole.headers_mut() = parts.headers.clone();
    let posted = Posted::read(&app, whole).await?;
    let sent = posted.text("csrf").unwrap_or_default();
    if !session.has_sent(sent) {
        tracing::info!(key_id = session.caller().key_id(), "a form lacks its session's token");
        return Err(Problem::cross_site());
    }
    request = Request::from_parts(parts, axum::body::Body::empty());
    // The purpose of reads is no reason for a change.
    request.headers_mut().remove(X_REASON);
    if let Some(reason) = posted.filled("reason") {
        let invalid =
            |asked: String| Problem::new(Code::InvalidHeader, format!("the reason {asked}"));
        let reason = headers::printable(reason, REASON_CHARS_MAX).map_err(invalid)?;
        // Printable characters are always a header's value.
        let value = HeaderValue::from_bytes(reason.as_bytes()).map_err(|_| Problem::internal())?;
        request.headers_mut().insert(X_REASON, value);
    }
    request.extensions_mut().insert(posted);
    Ok(next.run(request).await)
}

/// Requires that a form was sent from a page of this host. Browsers say so in `Origin`, and some only in
/// `Sec-Fetch-Site`.
///
/// # Errors
///
/// A 403 when it was not, or when nothing says so.
pub(crate) fn require_same_site(headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    let site = headers::single(headers, "sec-fetch-site")?;
    if site.is_some_and(|site| site != "same-origin") {
        return Err(Problem::cross_site());
    }
    match headers::single(headers, header::ORIGIN.as_str())? {
        Some(origin) => {
            let host = headers::single(headers, header::HOST.as_str())?;
            let host = host.or_else(|| uri.authority().map(Authority::as_str));
            let sent_from = origin.split_once("://").map(|(_, authority)| authority);
            match (sent_from, host) {
                (Some(sent_from), Some(host)) if sent_from.eq_ignore_ascii_case(host) => Ok(()),
                (_, _) => Err(Problem::cross_site()),
            }
        }
        None if site.is_some() => Ok(()),
        None => Err(Problem::cross_site()),
    }
}

/// A part of a form: `+` is a space, `%` and two digits are a byte.
pub(crate) fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(text: &'static str) -> Option<Posted> {
        Posted::of(&Bytes::from_static(text.as_bytes())).ok()
    }

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let form =
            posted("name=Ada+%26+Co&empty=&name=two&r%C3%BCck=%F0%9F%98%80").expect("a form");
        assert_eq!(form.texts("name").collect::<Vec<_>>(), ["Ada & Co", "two"]);
        assert_eq!((form.text("empty"), form.filled("empty")), (Some(""), None));
        assert_eq!(form.text("rück"), Some("😀"));
        assert_eq!(form.text("none"), None);
    }

    #[test]
    fn what_is_no_text_is_no_form() {
        for body in ["a=%ff", "a=%", "a=%4", "a=%zz", "a=%00"] {
            assert!(posted(body).is_none(), "{body}");
        }
    }

    #[track_caller]
    fn check(sent: &[(&str, &str)], allowed: bool) {
        let headers = sent.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"))
        });
        let headers: HeaderMap = headers.collect();
        let answer = require_same_site(&headers, &Uri::from_static("/console/logout"));
        assert_eq!(answer.is_ok(), allowed, "{sent:?}");
    }

    #[test]
    fn a_form_of_this_host_is_taken_and_of_no_other() {
        let host = ("host", "dossier.example:8443");
        let fetched = |site| ("sec-fetch-site", site);
        check(&[host, ("origin", "https://dossier.example:8443")], true);
        check(&[host, ("origin", "https://dossier.example:8443"), fetched("same-origin")], true);
        check(&[host, fetched("same-origin")], true);
        check(&[host, ("origin", "https://dossier.example")], false);
        check(&[host, ("origin", "https://evil.example")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host, ("origin", "https://dossier.example:8443"), fetched("same-site")], false);
        check(&[host, ("origin", "https://dossier.example:8443"), fetched("cross-site")], false);
        check(&[host], false);
        check(&[("origin", "https://dossier.example:8443")], false);
    }
}
