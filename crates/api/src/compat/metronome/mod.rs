//! Metronome's customer API (<https://docs.metronome.com/api-reference>).

mod customers;
mod description;
mod tables;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::Surface;
use super::members::Blank;
use super::routing::Routes;
use crate::app::App;
use crate::problem::Problem;

/// Metronome.
pub(super) static SURFACE: Surface = Surface {
    name: "metronome",
    bearer: true,
    idempotency_key: "idempotency-key",
    blank: Blank::Null,
    describe: || &description::DESCRIPTION,
    failure,
};

/// Its routes.
pub(super) fn routes(app: &App) -> Router<App> {
    let read = Router::new().route("/v1/customers/{id}", get(customers::retrieve));
    let write = Router::new().route("/v1/customers", post(customers::create));
    Routes::new(app).read(read).write(write).done()
}

/// `{"message": …}`, and nothing else.
fn failure(problem: &Problem) -> (StatusCode, Value) {
    (problem.status_for_vendors(), json!({"message": problem.message()}))
}
