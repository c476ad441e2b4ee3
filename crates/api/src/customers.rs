//! Reading a customer.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::Current;

use crate::app::App;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::headers::{etag, has_version};
use crate::problem::Problem;
use crate::reads::shows;
use crate::reference;

/// A query that takes no parameters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// `GET /v1/customers/{ref}`
pub(crate) async fn get_customer(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(Nothing {}): Query<Nothing>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reference = reference::read(&reference)?;
    let current = app.store.customer(caller.tenant(), &reference).await?;
    let current = current.ok_or_else(Problem::unknown_customer)?;
    Ok(shows(document(&current, &headers), [current.id]))
}

/// The document of a customer or tenant, or 304 when the caller has this version.
pub(crate) fn document(current: &Current, headers: &HeaderMap) -> Response {
    let tag = [(header::ETAG, etag(current.version))];
    if has_version(headers, current.version) {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (tag, json, current.document()).into_response()
}
