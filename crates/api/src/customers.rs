//! Reading a customer, as it is or as it was.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use store::Current;

use crate::app::App;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::headers::unless_known;
use crate::history::Asked;
use crate::parameters::Parameters;
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
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let customer = find(&app, &caller, &reference, &mut parameters).await?;
    Ok(shows(document(&customer, &headers).await?, [customer.id]))
}

/// The customer that a path names, as it is, or as it was when `parameters` say so; they say nothing
/// else.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    reference: &str,
    parameters: &mut Parameters,
) -> Result<Current, Problem> {
    let tenant = caller.tenant();
    let reference = reference::read(reference)?;
    let asked = Asked::read(caller, parameters)?;
    parameters.finish()?;
    let now = reference::find(app, tenant, &reference).await?;
    match asked {
        Some(asked) => asked.of(app, tenant, &now).await,
        None => Ok(now),
    }
}

/// The document of a customer or tenant, or 304 when the caller has this version.
pub(crate) async fn document(current: &Current, headers: &HeaderMap) -> Result<Response, Problem> {
    let json = [(header::CONTENT_TYPE, "application/json")];
    unless_known(headers, current.version, async { Ok((json, current.document())) }).await
}
