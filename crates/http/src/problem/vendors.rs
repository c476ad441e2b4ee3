//! What surfaces of other systems ask of a problem, and problems that only they have.

use axum::http::StatusCode;

use super::{Code, Problem};

/// The code when a key came with another request before.
pub const IDEMPOTENCY_KEY_REUSED: &str = Code::IdempotencyKeyReused.name();
/// The code when a request with the same key is being answered.
pub const IDEMPOTENCY_KEY_LOCKED: &str = "idempotency_key_locked";
/// The code when a body has another content type.
const UNSUPPORTED_MEDIA_TYPE: &str = Code::UnsupportedMediaType.name();
/// What that code means.
const KEY_LOCKED: &str = "a request with this key is being answered; send it again in a moment";

/// The code when the caller names another company than its own.
const COMPANY_UNKNOWN: &str = "company_unknown";

impl Problem {
    /// The status that other systems give it: their clients know one for all that is wrong with a
    /// request, and one for what collides. A coding that is not accepted stays a 415: with its
    /// `Accept-Encoding`, it tells a client to send the body in another coding.
    pub fn status_for_vendors(&self) -> StatusCode {
        match (self.status(), self.code) {
            (_, IDEMPOTENCY_KEY_REUSED) => StatusCode::CONFLICT,
            (StatusCode::UNPROCESSABLE_ENTITY, _) | (_, UNSUPPORTED_MEDIA_TYPE) => {
                StatusCode::BAD_REQUEST
            }
            (status, _) => status,
        }
    }

    /// What is wrong, for people: each value with its place.
    pub fn message(&self) -> String {
        match self.errors.as_slice() {
            [] | [_] => self.detail.clone(),
            several => {
                let each =
                    several.iter().map(|error| format!("{} {}", error.pointer, error.detail));
                each.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The errors in the body: JSON pointer and detail.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().map(|error| (&*error.pointer, &*error.detail))
    }

    /// 409: a request with the same idempotency key is being answered.
    pub fn key_locked() -> Self {
        Self::of_status(StatusCode::CONFLICT, IDEMPOTENCY_KEY_LOCKED, KEY_LOCKED)
    }

    /// 404: the caller names another company than its own.
    /// `own` is the company of the caller's key.
    pub fn unknown_company(own: &str) -> Self {
        let detail = format!("this key knows no such company; its own is {own}");
        Self::of_status(StatusCode::NOT_FOUND, COMPANY_UNKNOWN, detail)
    }
}

/// The kinds that only surfaces of other systems have.
pub(super) fn kinds() -> [(StatusCode, &'static str, String); 2] {
    [
        (StatusCode::CONFLICT, IDEMPOTENCY_KEY_LOCKED, KEY_LOCKED.to_owned()),
        (StatusCode::NOT_FOUND, COMPANY_UNKNOWN, "the key has another company".to_owned()),
    ]
}
