//! The document of a customer or a tenant.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use http::Problem;
use http::headers::unless_known;
use store::Current;

/// The document of a customer or tenant, or 304 when the caller has this version.
pub(crate) async fn document(current: &Current, headers: &HeaderMap) -> Result<Response, Problem> {
    let json = [(header::CONTENT_TYPE, "application/json")];
    unless_known(headers, current.version, async { Ok((json, current.document())) }).await
}
