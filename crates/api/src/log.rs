//! The log's signed heads, and proofs that events are in it.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use store::log::LogKey;

use crate::app::App;
use crate::auth::Caller;
use crate::customers::Nothing;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::reads::shows;
use crate::reference;

/// `GET /v1/log/head`: the head of the partition in which the caller's tenant lives.
pub(crate) async fn get_head(
    State(app): State<App>,
    caller: Caller,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Response, Problem> {
    let key = key(&app)?;
    let head = app.store.log_head(caller.tenant()).await?;
    Ok(plain(key.sign(&head)))
}

/// `GET /v1/log/key`: what verifies those heads.
pub(crate) async fn get_key(
    State(app): State<App>,
    caller: Caller,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Response, Problem> {
    let verifier = key(&app)?.verifier(caller.tenant().partition);
    Ok(plain(format!("{verifier}\n")))
}

/// `GET /v1/customers/{ref}/events/{version}/proof`
pub(crate) async fn get_proof(
    State(app): State<App>,
    caller: Caller,
    Path((reference, version)): Path<(String, String)>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let customer = reference::id_of(&app, tenant, &reference).await?;
    let version = version.parse().map_err(|_| Problem::unknown_version())?;
    let key = key(&app)?;
    let proof = app.store.event_proof(tenant, customer, version).await?;
    Ok(shows(plain(proof.ok_or_else(Problem::unknown_version)?.text(key)), [customer.0]))
}

fn key(app: &App) -> Result<&LogKey, Problem> {
    app.log_key.as_deref().ok_or_else(Problem::no_log_key)
}

fn plain(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
