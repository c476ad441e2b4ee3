//! Errors as RFC 9457 problems: the one place that knows status codes.

mod head;
mod status;
mod vendors;

use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::check::{Flaw, Violation};
use domain::{customer, tenant};
use schemars::JsonSchema;
use serde::Serialize;
use store::projections::rebuild::RebuildError;
use store::{PAGE_BYTES_MAX, Refused, STATE_BYTES_MAX, StoreError};

pub use self::head::HeadRefusal;
pub(crate) use self::vendors::{IDEMPOTENCY_KEY_LOCKED, IDEMPOTENCY_KEY_REUSED};
use crate::accept::Format;
use crate::limits::OPEN_MAX;

/// Seconds after which a caller may try again what failed for a passing reason.
const RETRY_AFTER: &str = "1";

/// A failed request, as it is told to the caller. No value that the caller sent is repeated in
/// it, but for an actor that the key may not name; pointers have the names of members.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Problem {
    /// A URI reference that identifies the kind of problem: `/problems/` and the code.
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
    /// What is wrong where in the body. Absent when it isn't about the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// One thing that is wrong in a body.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct FieldError {
    /// The JSON pointer (RFC 6901) of the value.
    pointer: String,
    /// What is asked of it.
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
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
    pub(crate) fn of_request(mut self, request_id: &str) -> Self {
        self.instance = Some(format!("/requests/{request_id}"));
        self
    }

    /// The same problem, with the command that it is about: number `nth` of several, from 0.
    #[must_use]
    pub(crate) fn of_command(self, nth: usize) -> Self {
        self.at(format!("/commands/{nth}"))
    }

    /// The same problem, with the place in the body that it is about: a JSON pointer.
    #[must_use]
    pub(crate) fn at(mut self, pointer: String) -> Self {
        self.errors = vec![FieldError { pointer, detail: self.detail.clone() }];
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The kind of problem, for programs.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// The problem as JSON text.
    pub(crate) fn to_json(&self) -> String {
        // A struct of strings and numbers always becomes JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn header(name: &str, asked: &str) -> Self {
        Self::bad_request("invalid_header", format!("the header {name} {asked}"))
    }

    pub(crate) fn parameter(name: &str, asked: &str) -> Self {
        Self::bad_request("invalid_query", format!("the parameter {name} {asked}"))
    }

    pub(crate) fn unknown_parameter() -> Self {
        Self::bad_request("invalid_query", "the query has a parameter that isn't known")
    }

    pub(crate) fn invalid_cursor() -> Self {
        Self::bad_request("invalid_cursor", "this is no cursor of this list")
    }

    pub(crate) fn cursor_ahead() -> Self {
        let detail = "the cursor leads beyond the end of the log, which was set back; begin anew";
        Self::new(StatusCode::GONE, "cursor_ahead", detail)
    }

    pub(crate) fn not_yet() -> Self {
        Self::unavailable("not_yet", "what is read has not come to that position yet")
    }

    pub(crate) fn too_many_streams() -> Self {
        let detail = format!("a tenant may have {OPEN_MAX} streams open at one instance");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", detail)
    }

    pub(crate) fn too_many_requests() -> Self {
        let detail = "the tenant has too many requests under way at this instance";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
    }

    pub(crate) fn too_many_bytes() -> Self {
        let detail = "too much of what the tenant asked for has not been read by its clients yet; \
                      read those answers, or close their connections";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_bytes", detail)
    }

    pub(crate) fn page_too_large(fit: usize) -> Self {
        let detail = format!(
            "the page would have more than {} MiB; ask with a limit of at most {fit} here",
            PAGE_BYTES_MAX >> 20
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "page_too_large", detail)
            .at("/limit".to_owned())
    }

    pub(crate) fn too_many_commands() -> Self {
        let detail =
            "too many commands of this tenant are waiting at this instance; send fewer at a time";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_commands", detail)
    }

    pub(crate) fn too_many_idempotency_keys() -> Self {
        let detail = "the tenant has used as many idempotency keys as are remembered; send the request without one, \
                      or later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_idempotency_keys", detail)
    }

    fn too_costly(limit: Duration) -> Self {
        let detail = format!(
            "the query took longer than {} s; narrow it: filter by id, external id or e-mail address, ask \
             for fewer conditions, a smaller offset or page, or a shorter span of time",
            limit.as_secs()
        );
        Self::bad_request("query_too_costly", detail)
    }

    pub(crate) fn rate_limited() -> Self {
        let detail = "the API key has sent as many requests as it may in a second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
    }

    pub(crate) fn overloaded() -> Self {
        Self::unavailable("overloaded", "too many requests are under way at this instance")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "a valid API key is needed")
    }

    pub(crate) fn too_many_attempts() -> Self {
        let detail = "too many requests from this address have no valid API key";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "the API key lacks the scope for this")
    }

    pub(crate) fn past_needs_audit(parameter: &str) -> Self {
        let detail = format!("the parameter {parameter} needs an API key with the scope audit");
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// The one problem that repeats a value of the request: without it nobody knows which of several
    /// actors was refused.
    pub(crate) fn actor_not_allowed(actor: &str, allowed: &[String]) -> Self {
        let allowed = allowed.join("\", \"");
        let detail = format!(
            "the API key may not act for \"{actor}\"; X-Actor must be absent or one of \"{allowed}\""
        );
        Self::new(StatusCode::FORBIDDEN, "actor_not_allowed", detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    pub(crate) fn unknown_customer() -> Self {
        customer::Refusal::CustomerUnknown.into()
    }

    pub(crate) fn version_not_reached(parameter: &str) -> Self {
        let detail =
            format!("the customer has not come to the version in the parameter {parameter}");
        Self::new(StatusCode::NOT_FOUND, "version_not_reached", detail)
    }

    pub(crate) fn not_registered_then(parameter: &str) -> Self {
        let detail =
            format!("the time in the parameter {parameter} is before the customer's first event");
        Self::new(StatusCode::NOT_FOUND, "not_registered_then", detail)
    }

    pub(crate) fn unknown_command() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_command", "there is no such command")
    }

    pub(crate) fn unknown_projection() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_projection", "there is no such read model")
    }

    pub(crate) fn not_parked() -> Self {
        let detail = "this customer isn't parked in this read model";
        Self::new(StatusCode::NOT_FOUND, "not_parked", detail)
    }

    pub(crate) fn unknown_version() -> Self {
        let detail = "the customer has no such version";
        Self::new(StatusCode::NOT_FOUND, "unknown_version", detail)
    }

    pub(crate) fn no_log_key() -> Self {
        let detail = "this service has no key to sign the log's heads with";
        Self::new(StatusCode::NOT_FOUND, "no_log_key", detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "this path doesn't take this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    pub(crate) fn not_acceptable() -> Self {
        let types = Format::ALL.map(Format::media_type).join(", ");
        let detail = format!("the answer can be one of {types}");
        Self::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    }

    pub(crate) fn unsupported_media_type(asked: &str) -> Self {
        let detail = format!("the body must be {asked}, in UTF-8");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    pub(crate) fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("a body or line may have at most {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    pub(crate) fn body_timeout() -> Self {
        let detail = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail)
    }

    pub(crate) fn internal() -> Self {
        let detail = "an internal error; give the operator of the service this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    fn unavailable(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }
}

/// All that is wrong with a body. Malformed JSON is a 400, values that aren't allowed are a 422.
impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        let malformed = violations.iter().any(|violation| violation.flaw == Flaw::Malformed);
        let (status, code) = if malformed {
            (StatusCode::BAD_REQUEST, "malformed_body")
        } else {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body")
        };
        let detail = match violations.as_slice() {
            [one] if one.pointer.is_empty() => format!("the body {}", one.detail),
            [one] => format!("{} {}", one.pointer, one.detail),
            many => format!("{} values are not as they must be", many.len()),
        };
        let errors = violations.into_iter().map(|violation| FieldError {
            pointer: violation.pointer,
            detail: violation.detail.into_owned(),
        });
        Self { errors: errors.collect(), ..Self::new(status, code, detail) }
    }
}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Self {
        vec![violation].into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl Problem {
    /// A failure of the store, which may be one that several requests share.
    pub(crate) fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Busy => Self::too_many_commands(),
            StoreError::TooManyKeys => Self::too_many_idempotency_keys(),
            StoreError::PartitionBusy => Self::unavailable("busy", "too many commands are waiting"),
            StoreError::ReadersBusy => {
                Self::unavailable("overloaded", "all connections for this kind of read are in use")
            }
            StoreError::ShareUsed => Self::too_many_requests(),
            StoreError::TooCostly { limit } => Self::too_costly(*limit),
            StoreError::Stopping => Self::unavailable("stopping", "this instance is stopping"),
            StoreError::Unavailable(outage) => {
                let cause = outage.cause();
                let error: &dyn std::error::Error = outage;
                if cause.needs_operator() {
                    tracing::error!(error, "the database can't serve: an operator must act");
                } else {
                    tracing::warn!(error, "the database is not available");
                }
                Self::unavailable("unavailable", cause.describe())
            }
            StoreError::Refused(_) | StoreError::Unreadable { .. } | StoreError::Unfit(_) => {
                // The one place that logs a fault of ours; callers learn nothing about it.
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::Unknown(_) => Self::unknown_projection(),
            RebuildError::Underway(_) => Self::new(
                StatusCode::CONFLICT,
                "rebuild_underway",
                "a rebuild or a rollback of this read model is under way",
            ),
            RebuildError::NothingRetired(_) => Self::new(
                StatusCode::CONFLICT,
                "nothing_retired",
                "there is no earlier generation that this version could go on with",
            ),
            RebuildError::Store(error) => error.into(),
            // What ends a rebuild ends it after the request.
            RebuildError::Cancelled(_) | RebuildError::Incomplete { .. } => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown => Self::unknown_customer(),
            Refused::VersionMismatch => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version_mismatch",
                "it is not at the version that the request names; read it again",
            ),
            Refused::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                IDEMPOTENCY_KEY_REUSED,
                "this Idempotency-Key was used for another request",
            ),
            Refused::TooLarge { bytes } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "too_large",
                format!(
                    "the customer or tenant would have {bytes} bytes as JSON; it may have at most \
                     {STATE_BYTES_MAX}"
                ),
            ),
            Refused::Customer { refusal, .. } => refusal.into(),
            Refused::Tenant { refusal, .. } => refusal.into(),
        }
    }
}

impl From<customer::Refusal> for Problem {
    fn from(refusal: customer::Refusal) -> Self {
        Self::new(status::of_customer(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<tenant::Refusal> for Problem {
    fn from(refusal: tenant::Refusal) -> Self {
        Self::new(status::of_tenant(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::bad_request("invalid_path", "the path can't be read")
    }
}

impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Self::bad_request(
            "invalid_query",
            "the query has a parameter that isn't known or can't be read",
        )
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
        if status == StatusCode::REQUEST_TIMEOUT {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        // The layer that knows the request's id puts it into the body.
        response.extensions_mut().insert(self);
        response
    }
}
