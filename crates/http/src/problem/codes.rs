//! The codes of problems, each once: its status, its name for programs and what it means.
//!
//! The OpenAPI document lists them from here. The refusals of heads and of the domain's rules have tables
//! of their own.

use axum::http::StatusCode;
use store::{PAGE_BYTES_MAX, STATE_BYTES_MAX};

use crate::maxima::{BODY_BYTES_MAX, OPEN_MAX};

macro_rules! codes {
    ($($Code:ident, $STATUS:ident, $name:literal, $meaning:literal $(, $limit:expr)?;)*) => {
        /// Why a request failed, for programs. The names are stable.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Code {
            $(#[doc = $meaning] $Code,)*
        }

        impl Code {
            /// All codes, in the order of the documents.
            pub const ALL: &[Self] = &[$(Self::$Code),*];

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$Code => StatusCode::$STATUS,)*
                }
            }

            /// The name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Code => $name,)*
                }
            }

            /// What it means, for people.
            pub fn meaning(self) -> String {
                match self {
                    $(Self::$Code => format_args!($meaning $(, $limit)?).to_string(),)*
                }
            }
        }
    };
}

codes! {
    MalformedBody, BAD_REQUEST, "malformed_body", "the body is not valid JSON, or not valid data of its `Content-Encoding`";
    InvalidHeader, BAD_REQUEST, "invalid_header", "a header is invalid";
    InvalidQuery, BAD_REQUEST, "invalid_query", "a query parameter is unknown or invalid";
    InvalidCursor, BAD_REQUEST, "invalid_cursor", "the cursor is not from this list with these parameters";
    InvalidPath, BAD_REQUEST, "invalid_path", "the path is invalid";
    QueryTooCostly, BAD_REQUEST, "query_too_costly", "the query took too long; narrow it";
    Unauthorized, UNAUTHORIZED, "unauthorized", "send a valid API key";
    Forbidden, FORBIDDEN, "forbidden", "the API key lacks the scope for this";
    ActorNotAllowed, FORBIDDEN, "actor_not_allowed", "the API key may not act for the actor in `X-Actor`";
    NotFound, NOT_FOUND, "not_found", "there is nothing at this path";
    VersionNotReached, NOT_FOUND, "version_not_reached", "the customer has fewer versions";
    NotRegisteredThen, NOT_FOUND, "not_registered_then", "the time is before the customer's first event";
    UnknownCommand, NOT_FOUND, "unknown_command", "there is no such command";
    UnknownProjection, NOT_FOUND, "unknown_projection", "there is no such read model";
    NotParked, NOT_FOUND, "not_parked", "the customer is not parked in this read model";
    UnknownVersion, NOT_FOUND, "unknown_version", "the customer has no such version";
    NoLogKey, NOT_FOUND, "no_log_key", "this service has no key to sign heads of the log";
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method";
    NotAcceptable, NOT_ACCEPTABLE, "not_acceptable", "`Accept` allows none of the formats of this list";
    BodyTimeout, REQUEST_TIMEOUT, "body_timeout", "the body did not arrive in time";
    RebuildUnderway, CONFLICT, "rebuild_underway", "a rebuild or rollback of this read model is running";
    NothingRetired, CONFLICT, "nothing_retired", "there is no earlier generation to go back to";
    CursorAhead, GONE, "cursor_ahead", "the cursor is after the end of the log, which was restored to an earlier state; start again without a cursor";
    VersionMismatch, PRECONDITION_FAILED, "version_mismatch", "the current version is not the one in the request; read it again";
    BodyTooLarge, PAYLOAD_TOO_LARGE, "body_too_large", "a body or a line has more than {} KiB", BODY_BYTES_MAX >> 10;
    UnsupportedMediaType, UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "the body has another content type, or is not UTF-8";
    UnsupportedEncoding, UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", "the body has a `Content-Encoding` that is not accepted; `Accept-Encoding` of the answer lists those that are";
    InvalidBody, UNPROCESSABLE_ENTITY, "invalid_body", "values in the body are not allowed";
    IdempotencyKeyReused, UNPROCESSABLE_ENTITY, "idempotency_key_reused", "the `Idempotency-Key` was used for another request";
    TooLarge, UNPROCESSABLE_ENTITY, "too_large", "the customer or tenant would have more than {} MiB as JSON", STATE_BYTES_MAX >> 20;
    PageTooLarge, UNPROCESSABLE_ENTITY, "page_too_large", "a page of a vendor's list would have more than {} MiB", PAGE_BYTES_MAX >> 20;
    RateLimited, TOO_MANY_REQUESTS, "rate_limited", "the API key has used its requests of this second";
    TooManyCommands, TOO_MANY_REQUESTS, "too_many_commands", "too many commands of the tenant are waiting at this instance; send fewer at a time";
    TooManyIdempotencyKeys, TOO_MANY_REQUESTS, "too_many_idempotency_keys", "the tenant has the most idempotency keys that are stored; send the request without one, or later";
    TooManyRequests, TOO_MANY_REQUESTS, "too_many_requests", "too many requests of the tenant are running at this instance";
    TooManyBytes, TOO_MANY_REQUESTS, "too_many_bytes", "the tenant's clients have left too much of earlier answers unread; read them, or close their connections";
    TooManyAttempts, TOO_MANY_REQUESTS, "too_many_attempts", "too many requests from this address have no valid API key";
    TooManyStreams, TOO_MANY_REQUESTS, "too_many_streams", "a tenant may have {} streams open at one instance", OPEN_MAX;
    Internal, INTERNAL_SERVER_ERROR, "internal", "internal error; give your operator the request id";
    Busy, SERVICE_UNAVAILABLE, "busy", "too many commands are waiting";
    Overloaded, SERVICE_UNAVAILABLE, "overloaded", "too many requests are running at this instance";
    NotYet, SERVICE_UNAVAILABLE, "not_yet", "the list does not include the position in `Dossier-At-Least` yet";
    Stopping, SERVICE_UNAVAILABLE, "stopping", "this instance is stopping";
    Unavailable, SERVICE_UNAVAILABLE, "unavailable", "the database is not available";
}
