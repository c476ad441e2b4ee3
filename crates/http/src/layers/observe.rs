//! The outermost layer: ids, measurements, and headers of every answer.

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use crate::headers;
use crate::ids::{RequestId, new_id};
use crate::problem::{HeadRefusal, Problem};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer: no caching, no frames, no sniffing, no referrer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
];

/// Gives a request its id, measures it, and completes its answer.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unmatched", |path| label(path.as_str()));
    let (id, refused) = match headers::text(request.headers(), "x-request-id", 128) {
        Ok(given) => (given.unwrap_or_else(|| new_id().to_string()), None),
        Err(problem) => (new_id().to_string(), Some(problem)),
    };
    request.extensions_mut().insert(RequestId(id.clone()));
    let span =
        tracing::info_span!("request", request_id = id, method = method_label(&method), route);
    let answered = async {
        let response = match refused {
            Some(problem) => problem.into_response(),
            None => next.run(request).await,
        };
        let seconds = begun.elapsed().as_secs_f64();
        let status = response.status();
        tracing::debug!(status = status.as_u16(), seconds, "answered");
        metrics::histogram!(
            "http_server_request_duration_seconds",
            "http_request_method" => method_label(&method),
            "http_route" => route,
            "http_response_status_code" => label(status.as_str()),
        )
        .record(seconds);
        response
    };
    complete(answered.instrument(span).await, id)
}

/// A route or a status as a label, without an allocation for each request. There are few of them, so they are kept for
/// ever, once for each thread.
fn label(name: &str) -> &'static str {
    thread_local! {
        static KNOWN: RefCell<HashSet<&'static str>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        known.get(name).copied().unwrap_or_else(|| {
            let name: &'static str = Box::leak(name.into());
            known.insert(name);
            name
        })
    })
}

/// The label of a method. An invented method must not create its own metric or be logged.
fn method_label(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

/// Puts the request's id into the answer, and the headers that every answer has.
fn complete(mut response: Response, id: String) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let problem = problem.of_request(&id);
        *response.body_mut() = problem.to_json().into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let answered = response.headers_mut();
    answered.reserve(ALWAYS.len().saturating_add(1));
    for (name, value) in ALWAYS {
        answered.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Headers are visible ASCII. The sender knows an id of other letters anyway.
    if let Ok(id) = HeaderValue::try_from(id) {
        answered.insert(X_REQUEST_ID, id);
    }
    response
}

/// The answer when a handler panics. The panic itself was logged where it happened.
pub fn after_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::internal().into_response()
}

impl HeadRefusal {
    /// The answer, after which the connection closes. It carries what every answer does; its
    /// request id is a new one, because the request's own could not be read.
    #[must_use]
    pub fn response(self) -> Response {
        let id = new_id().to_string();
        let problem = Problem::from(self);
        tracing::debug!(request_id = id, code = problem.code(), "refused a request's head");
        let mut response = problem.into_response();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        complete(response, id)
    }
}
