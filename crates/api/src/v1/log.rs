//! The log's signed heads, and the key that verifies them.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http::auth::Caller;
use http::extract::NoParameters;
use http::{App, Problem};
use store::log::LogKey;

/// `GET /v1/log/head`: the head of the partition in which the caller's tenant lives.
pub(crate) async fn get_head(
    State(app): State<App>,
    caller: Caller,
    _: NoParameters,
) -> Result<Response, Problem> {
    let key = key(&app)?;
    let head = app.store.log_head(caller.tenant()).await?;
    Ok(plain(key.sign(&head)))
}

/// `GET /v1/log/key`: what verifies those heads.
pub(crate) async fn get_key(
    State(app): State<App>,
    caller: Caller,
    _: NoParameters,
) -> Result<Response, Problem> {
    let verifier = key(&app)?.verifier(caller.tenant().partition);
    Ok(plain(format!("{verifier}\n")))
}

/// The key that signs heads.
pub(super) fn key(app: &App) -> Result<&LogKey, Problem> {
    app.log_key.as_deref().ok_or_else(Problem::no_log_key)
}

/// An answer in plain text.
pub(super) fn plain(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
