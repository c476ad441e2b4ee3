//! What every answer of the console has: the form of a page, also for problems, strict headers, and gzip.

use std::io::Write as _;

use axum::body::{HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Problem;
use http::fixed::accepts_gzip;
use http::ids::RequestId;
use http::limits::{RATELIMIT, RATELIMIT_POLICY};

use crate::session::Session;
use crate::{look, url};

/// Pages load their own style, script and icon, ask only this service, and are shown in no frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The media type of pages.
const HTML: &str = "text/html; charset=utf-8";

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
    let form = form(&request);
    let gzip = accepts_gzip(request.headers());
    let mut response = next.run(request).await;
    let session = response.extensions_mut().remove::<Session>();
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = look::problem(session.as_ref(), &problem, &id, form.as_deref());
        for name in [header::RETRY_AFTER, header::CONNECTION, RATELIMIT, RATELIMIT_POLICY] {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    if gzip { compressed(response).await } else { response }
}

/// The page with the form that a request sends, if it sends one.
fn form(request: &Request) -> Option<String> {
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return None;
    }
    let referrer = request.headers().get(header::REFERER).and_then(|page| page.to_str().ok());
    let page = referrer.and_then(|page| page.parse::<Uri>().ok());
    let page = page.as_ref().and_then(Uri::path_and_query).map(PathAndQuery::as_str);
    Some(page.and_then(url::within).unwrap_or("/console").to_owned())
}

/// The same page, compressed. Streams and files stay as they are.
async fn compressed(response: Response) -> Response {
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == HTML);
    let whole = response.body().size_hint().exact().is_some();
    if !is_page || !whole || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // A whole body is in memory already.
    let Ok(page) = to_bytes(body, usize::MAX).await else {
        return Problem::internal().into_response();
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(&page).and_then(|()| encoder.finish());
    let Ok(compressed) = written else { return Response::from_parts(parts, page.into()) };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, compressed.into())
}
