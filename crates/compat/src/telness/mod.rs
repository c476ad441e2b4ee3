//! Telness Tech's Connect API: customers, how they are billed, and their payment profiles.

mod customers;
mod description;
mod payment_profiles;
mod tables;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::routing::{get, post, put};
use http::App;
use http::origin::Origin;
use http::problem::{IDEMPOTENCY_KEY_LOCKED, IDEMPOTENCY_KEY_REUSED, Problem};
use serde_json::{Value, json};

use crate::blank::Blank;
use crate::routing::Routes;
use crate::surface::Surface;

/// Telness Tech's Connect API.
pub(super) static SURFACE: Surface = Surface {
    // There, that header may have the token of a user.
    origin: Origin { name: "telness", bearer: false },
    idempotency_key: "X-Idempotency-Key",
    same_headers: &[AUTHORIZATION],
    blank: Blank::Null,
    subjects: &[("/customerId", "")],
    describe: || &description::DESCRIPTION,
    failure,
};

/// Its routes.
pub(super) fn routes(app: &App) -> Router<App> {
    let read = Router::new()
        .route("/customers/{id}", get(customers::retrieve))
        .route("/customers/{id}/payment-profiles", get(payment_profiles::list_of_customer))
        .route("/payment-profiles", get(payment_profiles::list));
    let write = Router::new()
        .route("/customers", post(customers::create))
        .route("/customers/{id}", put(customers::update).patch(customers::update))
        .route("/customers/{id}/billing", put(customers::update_billing));
    Routes::new(app).read(read).write(write).done()
}

/// A message and a code, and for each member of the body that is wrong one of its own.
fn failure(problem: &Problem) -> (StatusCode, Value) {
    let (code, hint) = match problem.code() {
        IDEMPOTENCY_KEY_REUSED => {
            ("idempotency_key_mismatch", Some("Use a new key for another request."))
        }
        IDEMPOTENCY_KEY_LOCKED => {
            (IDEMPOTENCY_KEY_LOCKED, Some("Send it again in 100 to 500 milliseconds."))
        }
        code => (code, None),
    };
    // What is wrong with the body as a whole has no property.
    let members = problem.errors().filter(|(pointer, _)| !pointer.is_empty());
    let details = members.map(|(pointer, detail)| {
        json!({"message": detail, "code": code, "property": property(pointer), "suggestion": null})
    });
    let details: Vec<_> = details.collect();
    let body =
        json!({"message": problem.message(), "code": code, "details": details, "hint": hint});
    (problem.status_for_vendors(), body)
}

/// A JSON pointer as a property: `billing.address.zip`.
fn property(pointer: &str) -> String {
    let segments = pointer.split('/').skip(1);
    let names = segments.map(|segment| segment.replace("~1", "/").replace("~0", "~"));
    names.collect::<Vec<_>>().join(".")
}
