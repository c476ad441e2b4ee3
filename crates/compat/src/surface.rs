//! What differs between the surfaces, and what each does to all of its requests and answers.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::limits::{RATELIMIT, RATELIMIT_POLICY};
use http::origin::Origin;
use http::problem::{IDEMPOTENCY_KEY_LOCKED, Problem};
use serde_json::Value;

use crate::blank::Blank;
use crate::description::Description;

/// Tells the Stainless clients, which repeat every 409 twice, whether that makes sense.
pub(crate) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// A vendor's API as this service speaks it.
#[derive(Debug)]
pub(crate) struct Surface {
    /// The vendor, whose name follows `/compat/` in paths.
    pub(crate) origin: Origin,
    /// The header that makes a request happen once.
    pub(crate) idempotency_key: &'static str,
    /// Further headers in which two requests under one key must be equal.
    pub(crate) same_headers: &'static [HeaderName],
    /// What an absent value is in a request.
    pub(crate) blank: Blank,
    /// Where its answers to commands name the customer: a JSON pointer, and the prefix of the id.
    pub(crate) subjects: &'static [(&'static str, &'static str)],
    /// What it has.
    pub(crate) describe: fn() -> &'static Description,
    /// A failure in the vendor's words.
    pub(crate) failure: fn(&Problem) -> (StatusCode, Value),
}

/// Runs a request of the surface, and says in the vendor's words what went wrong.
pub(crate) async fn speak(
    State(surface): State<&'static Surface>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(surface);
    request.extensions_mut().insert(surface.origin);
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let (status, body) = (surface.failure)(&problem);
    let headers = std::mem::take(response.headers_mut());
    let mut response = answer(status, body.to_string());
    if problem.code() == IDEMPOTENCY_KEY_LOCKED {
        response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static("true"));
    }
    let kept = [
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        header::CONNECTION,
        header::ACCEPT_ENCODING,
        RATELIMIT,
        RATELIMIT_POLICY,
        SHOULD_RETRY,
    ];
    for (name, value) in &headers {
        if kept.contains(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// An answer with this body, which is JSON or nothing.
pub(crate) fn answer(status: StatusCode, body: String) -> Response {
    let mut response = if body.is_empty() {
        status.into_response()
    } else {
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    // What collides now will collide again.
    if status == StatusCode::CONFLICT {
        response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    response
}
