//! Maple Billing's customer API (<https://docs.maplebilling.com>).

mod company;
mod customers;
mod description;
mod find;
mod tables;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use http::commands::IDEMPOTENCY_KEY;
use http::origin::Origin;
use http::{App, Problem};
use serde_json::{Value, json};

use crate::blank::Blank;
use crate::routing::Routes;
use crate::surface::Surface;

/// Maple Billing.
pub(super) static SURFACE: Surface = Surface {
    origin: Origin { name: "maple", bearer: true },
    idempotency_key: IDEMPOTENCY_KEY,
    same_headers: &[],
    blank: Blank::Null,
    subjects: &[("/id", tables::ID)],
    describe: || &description::DESCRIPTION,
    failure,
};

/// Its routes.
pub(super) fn routes(app: &App) -> Router<App> {
    const CUSTOMERS: &str = "/api/v1/companies/{company}/customers";
    let read = Router::new()
        .route(&format!("{CUSTOMERS}/{{customer}}"), get(customers::retrieve))
        .route(&format!("{CUSTOMERS}/find"), post(find::find));
    let write = Router::new()
        .route(CUSTOMERS, post(customers::create))
        .route(&format!("{CUSTOMERS}/{{customer}}"), patch(customers::update))
        .route(
            &format!("{CUSTOMERS}/{{customer}}/start_managing"),
            patch(customers::start_managing),
        );
    Routes::new(app).read(read).write(write).done()
}

/// A message, a code, and what is wrong with which member of the body.
fn failure(problem: &Problem) -> (StatusCode, Value) {
    let errors =
        problem.errors().map(|(field, message)| json!({"field": field, "message": message}));
    let errors: Vec<_> = errors.collect();
    let body = json!({"message": problem.message(), "code": problem.code(), "errors": errors});
    (problem.status_for_vendors(), body)
}
