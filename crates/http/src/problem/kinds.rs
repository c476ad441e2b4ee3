//! The kinds of problems that no other type stands for.

use std::time::Duration;

use domain::customer;
use store::PAGE_BYTES_MAX;
use store::api_keys::Scope;

use super::{ACCEPTED_ENCODINGS, Code, Problem};

/// How many characters of an unknown parameter's name an answer repeats.
const PARAMETER_CHARS_MAX: usize = 64;

impl Problem {
    /// 400: a header is not what is `asked` of it.
    pub fn header(name: &str, asked: &str) -> Self {
        Self::new(Code::InvalidHeader, format!("the header {name} {asked}"))
    }

    /// 400: a parameter of the query is not what is `asked` of it.
    pub fn parameter(name: &str, asked: &str) -> Self {
        Self::new(Code::InvalidQuery, format!("the parameter {name} {asked}"))
    }

    /// 400: the query has a parameter that the route does not know; `known` are those that it knows. It names the
    /// parameter, because a reader finds a typing error only by seeing it.
    pub fn unknown_parameter(name: &str, known: &[String]) -> Self {
        let name: String = name.chars().take(PARAMETER_CHARS_MAX).collect();
        let known = match known {
            [] => "This path has no parameters.".to_owned(),
            known => format!("Known: `{}`.", known.join("`, `")),
        };
        Self::new(Code::InvalidQuery, format!("Unknown parameter `{name}`. {known}"))
    }

    /// 400: the query is not UTF-8.
    pub fn query_not_utf_8() -> Self {
        Self::new(Code::InvalidQuery, "the query must be percent-encoded UTF-8")
    }

    /// 401: the request has several credentials, so it is not clear which one counts.
    pub fn several_credentials() -> Self {
        let detail = "the request has several credentials: send one API key, either in Authorization or in \
                      X-API-Key";
        Self::new(Code::Unauthorized, detail)
    }

    /// 403: the request needs one of these scopes, and the key has none of them.
    pub fn forbidden(scopes: &[Scope]) -> Self {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let scopes = names.join("` or `");
        Self::new(Code::Forbidden, format!("the API key lacks the scope `{scopes}`"))
    }

    /// 422: the page would have too many bytes; `fit` items have not.
    pub fn page_too_large(fit: usize) -> Self {
        let detail = format!(
            "the page would have more than {} MiB; ask with a limit of at most {fit} here",
            PAGE_BYTES_MAX >> 20
        );
        Self::new(Code::PageTooLarge, detail).at("/limit".to_owned())
    }

    pub(super) fn too_costly(limit: Duration) -> Self {
        let detail = format!(
            "the query took longer than {} s; narrow it: filter by id, external id or e-mail address, ask \
             for fewer conditions, a smaller offset or page, or a shorter span of time",
            limit.as_secs()
        );
        Self::new(Code::QueryTooCostly, detail)
    }

    /// 403: the parameter asks for the past, which needs the scope `audit`.
    pub fn past_needs_audit(parameter: &str) -> Self {
        let detail = format!("the parameter {parameter} needs an API key with the scope audit");
        Self::new(Code::Forbidden, detail)
    }

    /// 403: the key may not act for this actor. It repeats the actor: without it nobody knows which of
    /// several was refused.
    pub fn actor_not_allowed(actor: &str, allowed: &[String]) -> Self {
        let allowed = allowed.join("\", \"");
        let detail = format!(
            "the API key may not act for \"{actor}\"; X-Actor must be absent or one of \"{allowed}\""
        );
        Self::new(Code::ActorNotAllowed, detail)
    }

    /// 404: no such customer.
    pub fn unknown_customer() -> Self {
        customer::Refusal::CustomerUnknown.into()
    }

    /// 404: the text is no reference to a customer: neither an id nor another name.
    pub fn no_reference() -> Self {
        let unknown = customer::Refusal::CustomerUnknown;
        let detail = format!(
            "{unknown}: an id is a UUID; write external: before an external id, alias: before an alias"
        );
        Self { detail, ..unknown.into() }
    }

    /// 404: the customer has no such version yet.
    pub fn version_not_reached(parameter: &str) -> Self {
        let detail = format!("the customer has fewer versions than the parameter {parameter} says");
        Self::new(Code::VersionNotReached, detail)
    }

    /// 404: the customer did not exist at that time.
    pub fn not_registered_then(parameter: &str) -> Self {
        let detail =
            format!("the time in the parameter {parameter} is before the customer's first event");
        Self::new(Code::NotRegisteredThen, detail)
    }

    /// 406: the list is not offered in a format that the caller accepts; `types` are.
    pub fn not_acceptable(types: &str) -> Self {
        Self::new(Code::NotAcceptable, format!("the answer can be one of {types}"))
    }

    /// 400: the body ends early, or is not what its `Content-Encoding` says.
    pub fn broken_body() -> Self {
        let detail = "the body could not be read to its end: it ends early, or it is not what Content-Encoding says";
        Self::new(Code::MalformedBody, detail)
    }

    /// 415: the body is not what is `asked`.
    pub fn unsupported_media_type(asked: &str) -> Self {
        Self::new(Code::UnsupportedMediaType, format!("the body must be {asked}, in UTF-8"))
    }

    /// 415: the body has a coding that is not accepted.
    pub fn unsupported_encoding() -> Self {
        let detail = format!("Content-Encoding must be one of {ACCEPTED_ENCODINGS}");
        Self::new(Code::UnsupportedEncoding, detail)
    }

    /// 413: the body has more than `bytes_max` bytes.
    pub fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("a body or line may have at most {bytes_max} bytes");
        Self::new(Code::BodyTooLarge, detail)
    }
}

/// Problems whose detail is the meaning of their code.
macro_rules! plain {
    ($($(#[$meta:meta])* $name:ident, $Code:ident;)*) => {
        impl Problem {
            $($(#[$meta])*
            pub fn $name() -> Self {
                Code::$Code.into()
            })*
        }
    };
}

plain! {
    /// 400: the cursor is not one of this list.
    invalid_cursor, InvalidCursor;
    /// 401: no valid key.
    unauthorized, Unauthorized;
    /// 404: no such route.
    not_found, NotFound;
    /// 404: no such command.
    unknown_command, UnknownCommand;
    /// 404: no such read model.
    unknown_projection, UnknownProjection;
    /// 404: the customer is not parked.
    not_parked, NotParked;
    /// 404: the customer has no such version.
    unknown_version, UnknownVersion;
    /// 404: the service has no key to sign heads with.
    no_log_key, NoLogKey;
    /// 405: the path does not take this method.
    method_not_allowed, MethodNotAllowed;
    /// 408: the body did not arrive in time.
    body_timeout, BodyTimeout;
    /// 410: the cursor is beyond the end of the log.
    cursor_ahead, CursorAhead;
    /// 429: the key has used its rate.
    rate_limited, RateLimited;
    /// 429: too many of the tenant's commands are waiting.
    too_many_commands, TooManyCommands;
    /// 429: the tenant has as many idempotency keys as are kept.
    too_many_idempotency_keys, TooManyIdempotencyKeys;
    /// 429: the tenant has too many requests in progress.
    too_many_requests, TooManyRequests;
    /// 429: the tenant has left too many bytes of answers unread.
    too_many_bytes, TooManyBytes;
    /// 429: too many requests from this address had no valid key.
    too_many_attempts, TooManyAttempts;
    /// 429: the tenant has as many streams open as it may.
    too_many_streams, TooManyStreams;
    /// 500: a fault of the service.
    internal, Internal;
    /// 503: this instance has too many requests in progress.
    overloaded, Overloaded;
    /// 503: the read model has not reached the position in `Dossier-At-Least`.
    not_yet, NotYet;
}
