//! The document of a customer or a tenant.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use http::Problem;
use http::headers::{has_version, unless_known};
use store::{Current, Document};

/// The document of a customer or tenant, or 304 when the caller has this version.
pub(crate) async fn document(current: &Current, headers: &HeaderMap) -> Result<Response, Problem> {
    let json = [(header::CONTENT_TYPE, "application/json")];
    unless_known(headers, current.version, async { Ok((json, current.document())) }).await
}

/// The same for a document that is ready to be sent.
pub(crate) fn prepared(document: Document, headers: &HeaderMap) -> Result<Response, Problem> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let tag = HeaderValue::from_maybe_shared(document.etag).map_err(|_| Problem::internal())?;
    let mut response = if has_version(headers, document.version) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(document.json));
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response
    };
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}
