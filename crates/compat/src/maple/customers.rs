//! Customers: create, look at, update, take over.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::customer::Command;
use domain::{CustomerId, TenantId};
use http::auth::Caller;
use http::commands::read_command;
use http::extract::Path;
use http::ids::new_id;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::Reference;

use super::company;
use super::tables::CUSTOMER;
use crate::members::show;
use crate::reading::{find, shown};
use crate::submit::{Shows, VendorResponse, submit_by};
use crate::vendor_request::VendorRequest;

/// `POST /companies/{company}/customers`
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(company): Path<String>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    company::require(&caller, &company)?;
    name_by_identifier(&mut sent)?;
    let (commands, shown) = (sent.registration(CUSTOMER)?, sent.shows(CUSTOMER)?);
    let reference = Reference::Id(CustomerId(new_id()));
    let tenant = caller.tenant().id;
    let by = (sent.surface, CUSTOMER);
    submit_by(&app, by, sent.request, reference, commands, shown, move |document, _| {
        Ok(VendorResponse { status: StatusCode::CREATED, body: Some(customer(tenant, document)) })
    })
    .await
}

/// `GET /companies/{company}/customers/{customer}`
pub(super) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path((company, customer)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let reference = company::customer(&caller, &company, &customer)?;
    let (id, document) = find(&app, caller.tenant(), &reference).await?;
    Ok(shown(&self::customer(caller.tenant().id, &document), [id]))
}

/// `PATCH /companies/{company}/customers/{customer}`
pub(super) async fn update(
    State(app): State<App>,
    Path(named): Path<(String, String)>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    // A customer always has a name.
    sent.body.retain(|name, value| name != "name" || !value.is_null());
    let (commands, shown) = (sent.changes(CUSTOMER)?, sent.shows(CUSTOMER)?);
    change(&app, &named, sent, commands, shown).await
}

/// `PATCH /companies/{company}/customers/{customer}/start_managing`
pub(super) async fn start_managing(
    State(app): State<App>,
    Path(named): Path<(String, String)>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let command = read_command("update-profile", json!({"managed_externally": null}))?;
    // Of the body nothing is taken.
    let shown = sent.shows(&[])?;
    change(&app, &named, sent, vec![command], shown).await
}

async fn change(
    app: &App,
    (company, customer): &(String, String),
    sent: VendorRequest,
    commands: Vec<Command>,
    shown: Shows,
) -> Result<Response, Problem> {
    let caller = &sent.request.context.caller;
    let reference = company::customer(caller, company, customer)?;
    let tenant = caller.tenant().id;
    let by = (sent.surface, CUSTOMER);
    submit_by(app, by, sent.request, reference, commands, shown, move |document, _| {
        Ok(VendorResponse::ok(self::customer(tenant, document)))
    })
    .await
}

/// Only the identifier is required. It is also the name, if there is none.
fn name_by_identifier(sent: &mut VendorRequest) -> Result<(), Problem> {
    if sent.body.get("name").is_none_or(Value::is_null) {
        sent.require(&["identifier"])?;
        let identifier = sent.body.get("identifier").cloned().unwrap_or_default();
        sent.body.insert("name".to_owned(), identifier);
    }
    Ok(())
}

/// A customer as Maple shows it. What Maple reckons from contracts isn't known here.
pub(super) fn customer(tenant: TenantId, document: &Value) -> Value {
    let mut shown = show(CUSTOMER, document);
    let reckoned = [
        ("company_id", json!(company::id(tenant))),
        ("arr", Value::Null),
        ("mrr", Value::Null),
        ("computed_entitlements", json!([])),
        ("customer_integration_metadata", integration_metadata(document)),
    ];
    shown.extend(reckoned.map(|(name, value)| (name.to_owned(), value)));
    shown.into()
}

/// The metadata of the customer's ids in other systems: by system, and by the id there.
fn integration_metadata(document: &Value) -> Value {
    let mut systems = Map::new();
    let integrations = document.get("integrations").and_then(Value::as_array);
    for integration in integrations.into_iter().flatten() {
        let text = |name| integration.get(name).and_then(Value::as_str).unwrap_or_default();
        let metadata = integration.get("metadata").cloned().unwrap_or_else(|| json!({}));
        let system = systems.entry(text("provider_type")).or_insert_with(|| json!({}));
        if let Value::Object(ids) = system {
            ids.insert(text("provider_entity_id").to_owned(), metadata);
        }
    }
    systems.into()
}
