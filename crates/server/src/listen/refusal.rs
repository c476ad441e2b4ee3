//! Why the listener answers a request itself, and the problem it answers with.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// Why a request's head does not reach the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not an HTTP request, or not one that every implementation reads in the same way.
    Malformed,
    /// No usable `Host`, or more than one.
    Host,
    /// The body's length is given twice, or not as a number.
    Length,
    /// A transfer coding other than `chunked`, once, in HTTP/1.1.
    TransferCoding,
    /// The target is longer than the limit.
    UriTooLong,
    /// The head is longer than the limit.
    HeadTooLarge,
    /// There are more header lines than the limit.
    TooManyHeaders,
    /// Neither HTTP/1.0 nor HTTP/1.1.
    Version,
    /// The head was not complete in time.
    TooSlow,
}

impl Refusal {
    /// The status, the stable code for programs, and the sentence for people.
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => {
                (StatusCode::BAD_REQUEST, "malformed_request", "this is not a valid HTTP request")
            }
            Self::Host => {
                (StatusCode::BAD_REQUEST, "invalid_host", "send exactly one valid Host header")
            }
            Self::Length => (
                StatusCode::BAD_REQUEST,
                "ambiguous_length",
                "send either one Content-Length or Transfer-Encoding, not both",
            ),
            Self::TransferCoding => (
                StatusCode::BAD_REQUEST,
                "unsupported_transfer_encoding",
                "the only transfer encoding is chunked, once, in HTTP/1.1",
            ),
            Self::UriTooLong => {
                (StatusCode::URI_TOO_LONG, "uri_too_long", "the request's target is too long")
            }
            Self::HeadTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "the request's headers are too large",
            ),
            Self::TooManyHeaders => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too_many_headers",
                "the request has too many headers",
            ),
            Self::Version => (
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "http_version_not_supported",
                "this service speaks HTTP/1.1",
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "header_timeout",
                "the request's headers did not arrive in time",
            ),
        }
    }

    /// The stable code for programs.
    pub(super) const fn code(self) -> &'static str {
        self.parts().1
    }

    /// The answer, after which the connection closes. Nothing the client sent is in it.
    pub(super) fn response(self) -> Response<Body> {
        let (status, code, detail) = self.parts();
        let problem = serde_json::json!({
            "type": format!("/problems/{code}"),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        let mut response = Response::new(Body::from(problem.to_string()));
        *response.status_mut() = status;
        for (name, value) in [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONNECTION, "close"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
