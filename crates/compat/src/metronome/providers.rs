//! The tenant's own ways to billing providers.

use axum::extract::State;
use axum::response::Response;
use domain::tenant::Command;
use http::auth::Caller;
use http::{App, Problem};
use serde_json::json;

use super::delivery::Methods;
use super::documents::data;
use super::tables::SET_UP;
use crate::reading::shown;
use crate::submit::{VendorResponse, submit_to_tenant};
use crate::vendor_request::VendorRequest;

/// `POST /v1/setUpBillingProvider`
pub(super) async fn set_up(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let command = sent.command(SET_UP, |body| Command::read("add-delivery-method", body))?;
    submit_to_tenant(&app, sent.surface, sent.request, command, |document, _| {
        let methods = document["delivery_methods"].as_array();
        let added = methods.and_then(|methods| methods.last());
        let id = added.map(|method| method["id"].clone()).unwrap_or_default();
        Ok(VendorResponse::ok(data(json!({"delivery_method_id": id}))))
    })
    .await
}

/// `POST /v1/listConfiguredBillingProviders`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    _: VendorRequest,
) -> Result<Response, Problem> {
    let methods = Methods::load(&app, caller.tenant()).await?;
    Ok(shown(&json!({"data": methods.listed(), "next_page": null}), []))
}
