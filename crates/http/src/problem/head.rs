//! Why a request's head does not reach the service, and the problem that answers it.

use axum::http::StatusCode;

use super::Problem;

/// Why the listener refuses a request's head, before any route is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HeadRefusal {
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

impl HeadRefusal {
    /// All of them, so that they can be described.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Host,
        Self::Length,
        Self::TransferCoding,
        Self::UriTooLong,
        Self::HeadTooLarge,
        Self::TooManyHeaders,
        Self::Version,
        Self::TooSlow,
    ];

    /// The status, the stable code for programs, and the sentence for people.
    pub const fn parts(self) -> (StatusCode, &'static str, &'static str) {
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
}

impl From<HeadRefusal> for Problem {
    fn from(refusal: HeadRefusal) -> Self {
        let (status, code, detail) = refusal.parts();
        Self::of_status(status, code, detail)
    }
}
