//! Errors as RFC 9457 problems: the one place that knows status codes.

mod catalog;
mod codes;
mod failures;
mod head;
mod kinds;
mod pages;
mod status;
mod vendors;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

pub use self::catalog::{ProblemKind, catalog};
pub use self::codes::Code;
pub use self::head::HeadRefusal;
pub use self::vendors::{IDEMPOTENCY_KEY_LOCKED, IDEMPOTENCY_KEY_REUSED};

/// The codings of bodies that are accepted, as `Accept-Encoding` lists them.
pub const ACCEPTED_ENCODINGS: &str = "gzip, deflate, br, zstd";

/// Seconds after which a caller may try again what failed for a passing reason.
const RETRY_AFTER: &str = "1";

/// An error. It does not repeat values of the request, except an actor that the key may not name, and versions.
/// It repeats names: pointers have those of members, and an unknown parameter is named.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Problem {
    /// A URI reference that identifies the kind of problem: `/problems/` and the code. It is the path of a page about
    /// it.
    #[serde(rename = "type")]
    type_: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, for people.
    detail: String,
    /// Identifies this occurrence: the request's id, as in `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The kind of problem, for programs. Stable.
    code: &'static str,
    /// The wrong values in the body, or the fields that have changed since an event. Absent if the error is
    /// about neither.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// A wrong value in a body, or a field of the customer that an event can no longer give its former value.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct FieldError {
    /// The JSON pointer (RFC 6901) of the value.
    pointer: String,
    /// What the value must be, or what is wrong with it.
    detail: String,
    /// The customer's versions that changed the field. Only when an event can't be undone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<i64>,
}

impl Problem {
    /// A problem with this code; `detail` says what is wrong with this request.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::of_status(code.status(), code.name(), detail)
    }

    /// A problem whose code is in another table.
    fn of_status(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            type_: format!("/problems/{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            code,
            errors: Vec::new(),
        }
    }

    /// The same problem, of the request with this id.
    #[must_use]
    pub fn of_request(mut self, request_id: &str) -> Self {
        self.instance = Some(format!("/requests/{request_id}"));
        self
    }

    /// The same problem, with the command that it is about: number `nth` of several, from 0.
    #[must_use]
    pub fn of_command(mut self, nth: usize) -> Self {
        let (pointer, detail) = (format!("/commands/{nth}"), self.detail.clone());
        self.errors.insert(0, FieldError { pointer, detail, ..FieldError::default() });
        self
    }

    /// The same problem, of the last line of a request with many that is answered.
    #[must_use]
    pub fn of_last_line(mut self) -> Self {
        self.detail.push_str("; this line and all after it were not executed");
        self
    }

    /// The same problem, with the place in the body that it is about: a JSON pointer.
    #[must_use]
    pub fn at(mut self, pointer: String) -> Self {
        let detail = self.detail.clone();
        self.errors = vec![FieldError { pointer, detail, ..FieldError::default() }];
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The kind of problem, for programs.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The problem as JSON text.
    pub fn to_json(&self) -> String {
        // A struct of strings and numbers always becomes JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code, code.meaning())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], self.to_json())
                .into_response();
        let headers = response.headers_mut();
        let later = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
        if later.contains(&status) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.code == Code::UnsupportedEncoding.name() {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED_ENCODINGS));
        }
        // The rest of the body is not read.
        let unread = [StatusCode::REQUEST_TIMEOUT, StatusCode::PAYLOAD_TOO_LARGE];
        if unread.contains(&status) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        // The layer that knows the request's id puts it into the body.
        response.extensions_mut().insert(self);
        response
    }
}
