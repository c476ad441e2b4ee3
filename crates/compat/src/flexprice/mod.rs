//! FlexPrice's customer API (<https://docs.flexprice.io/api-reference>).

mod activity;
mod body;
mod conditions;
mod customers;
#[expect(
    clippy::indexing_slicing,
    reason = "JSON objects that are written here, and none of it depends on a request"
)]
mod description;
mod documents;
mod integrations;
mod search;
mod tables;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{any, get, post, put};
use http::App;
use http::origin::Origin;
use http::problem::{Code, IDEMPOTENCY_KEY_REUSED, Problem};
use serde_json::{Map, Value, json};

use crate::blank::Blank;
use crate::routing::Routes;
use crate::surface::Surface;

/// FlexPrice.
pub(super) static SURFACE: Surface = Surface {
    origin: Origin { name: "flexprice", bearer: true },
    idempotency_key: "idempotency-key",
    same_headers: &[],
    blank: Blank::EmptyText,
    subjects: &[("/id", tables::CUSTOMER_ID), ("/mapping/entity_id", tables::CUSTOMER_ID)],
    describe: || &description::DESCRIPTION,
    failure,
};

/// Its routes.
pub(super) fn routes(app: &App) -> Router<App> {
    let read = Router::new()
        .route("/v1/customers", get(search::list))
        .route("/v1/customers/search", post(search::search))
        .route("/v1/customers/{id}", get(customers::get))
        .route("/v1/customers/external/{external_id}", get(customers::get_by_external_id))
        .route("/v1/customers/lookup/{key}", get(customers::get_by_external_id))
        .route("/v1/integrations/mappings", get(integrations::list));
    let write = Router::new()
        .route("/v1/customers", post(customers::create).put(customers::update))
        .route("/v1/customers/{id}", put(customers::update_by_path).delete(customers::delete))
        .route("/v1/integrations/link", post(integrations::link).delete(integrations::delink));
    // Paths that FlexPrice has and this surface doesn't. Their last parts are no ids of customers.
    let absent = ["/v1/customers/usage", "/v1/customers/wallets"];
    let absent = absent.into_iter().fold(Router::new(), |routes, path| {
        routes.route(path, any(|| async { Problem::not_found() }))
    });
    let audit = Router::new()
        .route("/v1/activity", post(activity::list))
        .route("/v1/activity/{id}", get(activity::get));
    Routes::new(app).read(read).write(write).audit(audit).done().merge(absent)
}

/// `{"code": …, "message": …, "http_status_code": …}`, with `details` where values are wrong. Without one
/// valid key it is another shape. `success` and `error` are what the TypeScript client reads.
#[expect(clippy::indexing_slicing, reason = "the object is made right here")]
fn failure(problem: &Problem) -> (StatusCode, Value) {
    let status = problem.status_for_vendors();
    if status == StatusCode::UNAUTHORIZED {
        // FlexPrice has one text. What is known about the credentials follows it.
        let known = problem.message() != Code::Unauthorized.meaning();
        let more = if known { format!(": {}", problem.message()) } else { String::new() };
        return (status, json!({"error": format!("Unauthorized{more}")}));
    }
    let status =
        if status == StatusCode::PRECONDITION_FAILED { StatusCode::CONFLICT } else { status };
    let mut failure = json!({
        "code": code(problem, status),
        "message": problem.message(),
        "http_status_code": status.as_u16(),
        "success": false,
        "error": {"message": problem.message(), "internal_error": null},
    });
    let details: Map<_, _> = problem
        .errors()
        .map(|(pointer, asked)| (pointer.trim_start_matches('/').replace('/', "."), json!(asked)))
        .collect();
    if !details.is_empty() {
        failure["details"] = details.into();
    }
    (status, failure)
}

/// FlexPrice's word for a kind of failure.
fn code(problem: &Problem, status: StatusCode) -> &'static str {
    match status {
        // What can be seen to be wrong in the request is invalid, what the rules refuse isn't an
        // operation.
        StatusCode::BAD_REQUEST if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            if problem.errors().next().is_some() {
                "validation_error"
            } else {
                "invalid_operation"
            }
        }
        StatusCode::FORBIDDEN => "permission_denied",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::CONFLICT => match problem.code() {
            "version_mismatch" => "version_conflict",
            "customer_archived" | IDEMPOTENCY_KEY_REUSED => "invalid_operation",
            _ => "already_exists",
        },
        StatusCode::METHOD_NOT_ALLOWED => "invalid_operation",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
        status if status.is_server_error() => "internal_error",
        _ => "validation_error",
    }
}
