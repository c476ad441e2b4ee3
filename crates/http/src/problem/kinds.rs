//! The kinds of problems that no other type stands for.

use std::time::Duration;

use axum::http::StatusCode;
use domain::customer;
use store::PAGE_BYTES_MAX;

use super::Problem;

impl Problem {
    /// 400, of this kind.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 400: a header is not what is `asked` of it.
    pub fn header(name: &str, asked: &str) -> Self {
        Self::bad_request("invalid_header", format!("the header {name} {asked}"))
    }

    /// 400: a parameter of the query is not what is `asked` of it.
    pub fn parameter(name: &str, asked: &str) -> Self {
        Self::bad_request("invalid_query", format!("the parameter {name} {asked}"))
    }

    /// 400: the query has a parameter that the route does not know.
    pub fn unknown_parameter() -> Self {
        Self::bad_request("invalid_query", "the query has a parameter that isn't known")
    }

    /// 400: the cursor is not one of this list.
    pub fn invalid_cursor() -> Self {
        Self::bad_request("invalid_cursor", "this is no cursor of this list")
    }

    /// 410: the cursor is beyond the end of the log.
    pub fn cursor_ahead() -> Self {
        let detail = "the cursor leads beyond the end of the log, which was set back; begin anew";
        Self::new(StatusCode::GONE, "cursor_ahead", detail)
    }

    /// 503: the read model has not reached the position in `Dossier-At-Least`.
    pub fn not_yet() -> Self {
        Self::unavailable("not_yet", "what is read has not come to that position yet")
    }

    /// 429: the tenant has `most` streams open.
    pub fn too_many_streams(most: usize) -> Self {
        let detail = format!("a tenant may have {most} streams open at one instance");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", detail)
    }

    /// 429: the tenant has too many requests in progress.
    pub fn too_many_requests() -> Self {
        let detail = "the tenant has too many requests under way at this instance";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
    }

    /// 429: the tenant has left too many bytes of answers unread.
    pub fn too_many_bytes() -> Self {
        let detail = "too much of what the tenant asked for has not been read by its clients yet; \
                      read those answers, or close their connections";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_bytes", detail)
    }

    /// 422: the page would have too many bytes; `fit` items have not.
    pub fn page_too_large(fit: usize) -> Self {
        let detail = format!(
            "the page would have more than {} MiB; ask with a limit of at most {fit} here",
            PAGE_BYTES_MAX >> 20
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "page_too_large", detail)
            .at("/limit".to_owned())
    }

    /// 429: too many of the tenant's commands are waiting.
    pub fn too_many_commands() -> Self {
        let detail =
            "too many commands of this tenant are waiting at this instance; send fewer at a time";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_commands", detail)
    }

    /// 429: the tenant has as many idempotency keys as are kept.
    pub fn too_many_idempotency_keys() -> Self {
        let detail = "the tenant has used as many idempotency keys as are remembered; send the request without one, \
                      or later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_idempotency_keys", detail)
    }

    pub(super) fn too_costly(limit: Duration) -> Self {
        let detail = format!(
            "the query took longer than {} s; narrow it: filter by id, external id or e-mail address, ask \
             for fewer conditions, a smaller offset or page, or a shorter span of time",
            limit.as_secs()
        );
        Self::bad_request("query_too_costly", detail)
    }

    /// 429: the key has used its rate.
    pub fn rate_limited() -> Self {
        let detail = "the API key has sent as many requests as it may in a second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
    }

    /// 503: this instance has too many requests in progress.
    pub fn overloaded() -> Self {
        Self::unavailable("overloaded", "too many requests are under way at this instance")
    }

    /// 401: no valid key.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "a valid API key is needed")
    }

    /// 429: too many requests from this address had no valid key.
    pub fn too_many_attempts() -> Self {
        let detail = "too many requests from this address have no valid API key";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
    }

    /// 403: the key lacks the scope.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "the API key lacks the scope for this")
    }

    /// 403: the parameter asks for the past, which needs the scope `audit`.
    pub fn past_needs_audit(parameter: &str) -> Self {
        let detail = format!("the parameter {parameter} needs an API key with the scope audit");
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// The one problem that repeats a value of the request: without it nobody knows which of several
    /// actors was refused.
    pub fn actor_not_allowed(actor: &str, allowed: &[String]) -> Self {
        let allowed = allowed.join("\", \"");
        let detail = format!(
            "the API key may not act for \"{actor}\"; X-Actor must be absent or one of \"{allowed}\""
        );
        Self::new(StatusCode::FORBIDDEN, "actor_not_allowed", detail)
    }

    /// 404: no such route.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    /// 404: no such customer.
    pub fn unknown_customer() -> Self {
        customer::Refusal::CustomerUnknown.into()
    }

    /// 404: the customer has no such version yet.
    pub fn version_not_reached(parameter: &str) -> Self {
        let detail =
            format!("the customer has not come to the version in the parameter {parameter}");
        Self::new(StatusCode::NOT_FOUND, "version_not_reached", detail)
    }

    /// 404: the customer did not exist at that time.
    pub fn not_registered_then(parameter: &str) -> Self {
        let detail =
            format!("the time in the parameter {parameter} is before the customer's first event");
        Self::new(StatusCode::NOT_FOUND, "not_registered_then", detail)
    }

    /// 404: no such command.
    pub fn unknown_command() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_command", "there is no such command")
    }

    /// 404: no such read model.
    pub fn unknown_projection() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_projection", "there is no such read model")
    }

    /// 404: the customer is not parked.
    pub fn not_parked() -> Self {
        let detail = "this customer isn't parked in this read model";
        Self::new(StatusCode::NOT_FOUND, "not_parked", detail)
    }

    /// 404: the customer has no such version.
    pub fn unknown_version() -> Self {
        let detail = "the customer has no such version";
        Self::new(StatusCode::NOT_FOUND, "unknown_version", detail)
    }

    /// 404: the service has no key to sign heads with.
    pub fn no_log_key() -> Self {
        let detail = "this service has no key to sign the log's heads with";
        Self::new(StatusCode::NOT_FOUND, "no_log_key", detail)
    }

    /// 405: the path does not take this method.
    pub fn method_not_allowed() -> Self {
        let detail = "this path doesn't take this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 406: the list is not offered in a format that the caller accepts; `types` are.
    pub fn not_acceptable(types: &str) -> Self {
        let detail = format!("the answer can be one of {types}");
        Self::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    }

    /// 415: the body is not what is `asked`.
    pub fn unsupported_media_type(asked: &str) -> Self {
        let detail = format!("the body must be {asked}, in UTF-8");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 413: the body has more than `bytes_max` bytes.
    pub fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("a body or line may have at most {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// 408: the body did not arrive in time.
    pub fn body_timeout() -> Self {
        let detail = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail)
    }

    /// 500: a fault of the service.
    pub fn internal() -> Self {
        let detail = "an internal error; give the operator of the service this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    pub(super) fn unavailable(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }
}
