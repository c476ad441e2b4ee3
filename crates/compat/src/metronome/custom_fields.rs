//! Custom fields. Metronome has them on many kinds of things, Dossier on customers.

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use domain::customer::Command;
use domain::tenant;
use http::auth::Caller;
use http::{App, Problem};
use serde_json::{Value, json};
use store::Reference;

use super::customers::change;
use super::tables::{FIELD_KEYS, FIELDS, KEY, REMOVED_KEY};
use crate::members::Member;
use crate::reading;
use crate::submit::{Shows, VendorResponse, submit, submit_to_tenant};
use crate::vendor_request::VendorRequest;

/// What has custom fields here.
const ENTITY: &str = "customer";

/// `POST /v1/customFields/setValues`
pub(super) async fn set_values(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&["custom_fields"])?;
    let customer = whose(&sent)?;
    change(&app, customer, sent, FIELDS, |_, _| Ok(VendorResponse::EMPTY)).await
}

/// `POST /v1/customFields/deleteValues`
pub(super) async fn delete_values(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let customer = whose(&sent)?;
    let read = |body| Command::read("delete-custom-fields", body);
    let commands = vec![sent.command(FIELD_KEYS, read)?];
    let shown = Shows::Nothing;
    submit(&app, sent.surface, sent.request, customer, commands, shown, |_, _| {
        Ok(VendorResponse::EMPTY)
    })
    .await
}

/// `POST /v1/customFields/addKey`
pub(super) async fn add_key(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    about_customers(&sent)?;
    send(&app, sent, "add-custom-field-key", KEY).await
}

/// `POST /v1/customFields/removeKey`
pub(super) async fn remove_key(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    about_customers(&sent)?;
    send(&app, sent, "remove-custom-field-key", REMOVED_KEY).await
}

/// `POST /v1/customFields/listKeys`
pub(super) async fn list_keys(
    State(app): State<App>,
    caller: Caller,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let asked = sent.body.get("entities").and_then(Value::as_array);
    let asked = asked.is_none_or(|entities| entities.iter().any(|entity| entity == ENTITY));
    let settings = reading::tenant(&app, caller.tenant()).await?;
    let known = settings["custom_field_keys"].as_array().into_iter().flatten();
    let known = known.filter(|field| asked && field["removed"] != json!(true)).map(|field| {
        let uniqueness = &field["enforce_uniqueness"];
        json!({"entity": ENTITY, "key": field["key"], "enforce_uniqueness": uniqueness})
    });
    let keys: Vec<_> = known.collect();
    Ok(reading::shown(&json!({"data": keys, "next_page": null}), []))
}

async fn send(
    app: &App,
    sent: VendorRequest,
    command: &str,
    table: &[Member],
) -> Result<Response, Problem> {
    let command = sent.command(table, |body| tenant::Command::read(command, body))?;
    submit_to_tenant(app, sent.surface, sent.request, command, |_, _| Ok(VendorResponse::EMPTY))
        .await
}

fn whose(sent: &VendorRequest) -> Result<Reference, Problem> {
    about_customers(sent)?;
    Ok(Reference::Id(sent.customer("entity_id", "")?))
}

fn about_customers(sent: &VendorRequest) -> Result<(), Problem> {
    sent.require(&["entity"])?;
    if sent.body.get("entity").is_some_and(|entity| entity == ENTITY) {
        return Ok(());
    }
    Err(Violation::invalid("must be customer: nothing else has custom fields here")
        .under("entity")
        .into())
}
