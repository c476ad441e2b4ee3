//! Metronome's customer API (<https://docs.metronome.com/api-reference>).

mod audit;
#[expect(clippy::indexing_slicing, reason = "what a JSON value lacks reads as null")]
mod configurations;
#[expect(clippy::indexing_slicing, reason = "what a JSON value lacks reads as null")]
mod custom_fields;
#[expect(clippy::indexing_slicing, reason = "what a JSON value lacks reads as null")]
mod customers;
mod delivery;
mod description;
mod documents;
mod legacy;
#[expect(clippy::indexing_slicing, reason = "what a JSON value lacks reads as null")]
mod list;
mod providers;
mod schemas;
mod tables;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::origin::Origin;
use http::{App, Problem};
use serde_json::{Value, json};

use crate::blank::Blank;
use crate::routing::Routes;
use crate::surface::Surface;
use crate::vendor_request::BodyBytesMax;

/// The largest body with aliases: 2,000 of 128 characters, even if each is sent as `\ud83d\ude00`.
const ALIASES_BODY_MAX: BodyBytesMax = BodyBytesMax(4 << 20);

/// Metronome.
pub(super) static SURFACE: Surface = Surface {
    origin: Origin { name: "metronome", bearer: true },
    idempotency_key: "idempotency-key",
    same_headers: &[],
    blank: Blank::Null,
    subjects: &[("/data/id", ""), ("/data/0/customer_id", "")],
    describe: || &description::DESCRIPTION,
    failure,
};

/// Its routes.
pub(super) fn routes(app: &App) -> Router<App> {
    let read = Router::new()
        .route("/v1/customers", get(list::list))
        .route("/v1/customers/{id}", get(customers::retrieve))
        .route("/v1/customers/{id}/billing-config/{provider}", get(legacy::retrieve))
        .route("/v1/getCustomerBillingProviderConfigurations", post(configurations::get_billing))
        .route("/v1/getCustomerRevenueSystemConfigurations", post(configurations::get_revenue))
        .route("/v1/listConfiguredBillingProviders", post(providers::list))
        .route("/v1/customFields/listKeys", post(custom_fields::list_keys));
    let write = Router::new()
        .route("/v1/customers", post(customers::create).layer(Extension(ALIASES_BODY_MAX)))
        .route("/v1/customers/archive", post(customers::archive))
        .route("/v1/customers/setBillableStatus", post(customers::set_billable_status))
        .route("/v1/customers/{id}/setName", post(customers::set_name))
        .route(
            "/v1/customers/{id}/setIngestAliases",
            post(customers::set_ingest_aliases).layer(Extension(ALIASES_BODY_MAX)),
        )
        .route("/v1/customers/{id}/updateConfig", post(customers::update_config))
        .route(
            "/v1/customers/{id}/billing-config/{provider}",
            post(legacy::create).delete(legacy::delete),
        )
        .route("/v1/setCustomerBillingProviderConfigurations", post(configurations::set_billing))
        .route(
            "/v1/archiveCustomerBillingProviderConfigurations",
            post(configurations::archive_billing),
        )
        .route("/v1/setCustomerRevenueSystemConfigurations", post(configurations::set_revenue))
        .route(
            "/v1/archiveCustomerRevenueSystemConfigurations",
            post(configurations::archive_revenue),
        )
        .route("/v1/customFields/setValues", post(custom_fields::set_values))
        .route("/v1/customFields/deleteValues", post(custom_fields::delete_values));
    let admin = Router::new()
        .route("/v1/setUpBillingProvider", post(providers::set_up))
        .route("/v1/customFields/addKey", post(custom_fields::add_key))
        .route("/v1/customFields/removeKey", post(custom_fields::remove_key));
    let audit = Router::new().route("/v1/auditLogs", get(audit::list));
    Routes::new(app).read(read).write(write).admin(admin).audit(audit).done()
}

/// `{"message": …}`, and nothing else.
fn failure(problem: &Problem) -> (StatusCode, Value) {
    (problem.status_for_vendors(), json!({"message": problem.message()}))
}
