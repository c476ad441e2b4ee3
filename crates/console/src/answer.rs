//! What every answer of the console has: the form of a page, also for problems, and strict headers.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use http::Problem;
use http::ids::RequestId;
use http::limits::{RATELIMIT, RATELIMIT_POLICY};

use crate::look;
use crate::session::Session;

/// Pages load their own style, script and icon, ask only this service, and are shown in no frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The headers of every page. With `no-referrer` browsers would send a form with `Origin: null`.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Shows problems as pages, and adds the headers that every answer has.
pub(crate) async fn complete(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    let session = response.extensions_mut().remove::<Session>();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = look::problem(session.as_ref(), &problem, &id);
        for name in [header::RETRY_AFTER, header::CONNECTION, RATELIMIT, RATELIMIT_POLICY] {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}
