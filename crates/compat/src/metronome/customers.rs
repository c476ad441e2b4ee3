//! Customers: create, look at, rename, configure, archive.

use std::collections::HashSet;

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use domain::customer::Status;
use http::auth::Caller;
use http::commands::{empty_object, read_command};
use http::extract::Path;
use http::ids::new_id;
use http::{App, Problem};
use serde_json::{Value, json};
use store::Reference;

use super::documents::{by_id, data};
use super::tables::{BILLABLE, CONFIG, CUSTOMER, DETAIL};
use super::{configurations, legacy};
use crate::members::{self, Member, show};
use crate::reading::{self, find, shown};
use crate::submit::{Shows, Source, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// The deprecated name for the first alias.
pub(super) const EXTERNAL_ID: &str = "external_id";
/// What Metronome keeps of a name, in characters; it cuts off the rest.
const NAME_CHARS_MAX: usize = 160;

/// `POST /v1/customers`
pub(super) async fn create(
    State(app): State<App>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    cut_name(&mut sent);
    legacy::into_configuration(&mut sent)?;
    alias_of_external_id(&mut sent);
    aliases_once(&mut sent);
    configurations::prepare_for_creation(&mut sent);
    let (commands, shown) = (sent.registration(CUSTOMER)?, sent.shows(CUSTOMER)?);
    let reference = Reference::Id(CustomerId(new_id()));
    submit(&app, sent.surface, sent.request, reference, commands, shown, customer_response).await
}

/// `GET /v1/customers/{id}`
pub(super) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (id, document) = find(&app, caller.tenant(), &by_id(&id)?).await?;
    let settings = reading::tenant(&app, caller.tenant()).await?;
    Ok(shown(&data(detail(&document, &settings)), [id]))
}

/// `POST /v1/customers/{id}/setName`
pub(super) async fn set_name(
    State(app): State<App>,
    Path(id): Path<String>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&["name"])?;
    cut_name(&mut sent);
    sent.body.retain(|name, _| name == "name");
    change(&app, by_id(&id)?, sent, CUSTOMER, customer_response).await
}

/// `POST /v1/customers/{id}/setIngestAliases`
pub(super) async fn set_ingest_aliases(
    State(app): State<App>,
    Path(id): Path<String>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&["ingest_aliases"])?;
    sent.body.retain(|name, _| name == "ingest_aliases");
    aliases_once(&mut sent);
    change(&app, by_id(&id)?, sent, CUSTOMER, |_, _| Ok(VendorResponse::EMPTY)).await
}

/// `POST /v1/customers/{id}/updateConfig`
pub(super) async fn update_config(
    State(app): State<App>,
    Path(id): Path<String>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    change(&app, by_id(&id)?, sent, CONFIG, |_, _| Ok(VendorResponse::EMPTY)).await
}

/// `POST /v1/customers/setBillableStatus`
pub(super) async fn set_billable_status(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&["customer_id", "billable_status", "effective_at"])?;
    let reference = Reference::Id(sent.customer("customer_id", "")?);
    change(&app, reference, sent, BILLABLE, |document, _| {
        let status = &document["billable_status"]["value"];
        Ok(VendorResponse::ok(data(
            json!({"id": document["id"], "current_billable_status": status}),
        )))
    })
    .await
}

/// `POST /v1/customers/archive`
pub(super) async fn archive(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let reference = Reference::Id(sent.customer("id", "")?);
    let commands = vec![read_command("archive-customer", empty_object())?];
    let shown = Shows::Nothing;
    submit(&app, sent.surface, sent.request, reference, commands, shown, |document, _| {
        Ok(VendorResponse::ok(data(json!({"id": document["id"]}))))
    })
    .await
}

/// Changes a customer as the body says.
pub(super) async fn change(
    app: &App,
    reference: Reference,
    sent: VendorRequest,
    table: &[Member],
    respond: impl Fn(&Value, Source<'_>) -> Result<VendorResponse, Problem> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    let (commands, shown) = (sent.changes(table)?, sent.shows(table)?);
    submit(app, sent.surface, sent.request, reference, commands, shown, respond).await
}

/// A `CustomerDetail`. What the customer doesn't say of drafts, its tenant does, and else they are
/// left.
pub(super) fn detail(document: &Value, settings: &Value) -> Value {
    const DRAFTS: &str = "leave_stripe_invoices_in_draft";
    let mut detail = show(CUSTOMER, document);
    detail.append(&mut show(DETAIL, document));
    detail.insert(EXTERNAL_ID.to_owned(), external_id(document));
    // An archived customer refuses all else, so this was its last change.
    let archived = document["status"] == json!(Status::Archived);
    let archived_at = if archived { document["updated_at"].clone() } else { Value::Null };
    detail.insert("archived_at".to_owned(), archived_at);
    let said = [&document["config"][DRAFTS], &settings["settings"][DRAFTS]];
    let drafts = said.into_iter().find_map(Value::as_bool).unwrap_or(true);
    let config = detail.entry("customer_config").or_insert_with(|| json!({}));
    if !config.is_object() {
        *config = json!(members::show(CONFIG, &Value::Null));
    }
    config[DRAFTS] = drafts.into();
    detail.into()
}

#[expect(clippy::unnecessary_wraps, reason = "other responses may fail")]
fn customer_response(document: &Value, _: Source<'_>) -> Result<VendorResponse, Problem> {
    let mut customer = show(CUSTOMER, document);
    customer.insert(EXTERNAL_ID.to_owned(), external_id(document));
    Ok(VendorResponse::ok(data(customer.into())))
}

/// The first id that usage can name the customer by: an alias, else the customer's own.
fn external_id(document: &Value) -> Value {
    document.pointer("/aliases/0").unwrap_or(&document["id"]).clone()
}

fn cut_name(sent: &mut VendorRequest) {
    if let Some(Value::String(name)) = sent.body.get_mut("name")
        && let Some((end, _)) = name.char_indices().nth(NAME_CHARS_MAX)
    {
        name.truncate(end);
    }
}

/// An alias that is in the list twice is the customer's once.
fn aliases_once(sent: &mut VendorRequest) {
    if let Some(Value::Array(aliases)) = sent.body.get_mut("ingest_aliases") {
        let mut seen = HashSet::new();
        aliases.retain(|alias| seen.insert(alias.clone()));
    }
}

/// Takes the deprecated external id for what it means: the first alias.
fn alias_of_external_id(sent: &mut VendorRequest) {
    let Some(id) = sent.body.remove(EXTERNAL_ID).filter(|id| !id.is_null()) else { return };
    let aliases = sent.body.entry("ingest_aliases").or_insert_with(|| json!([]));
    if let Value::Array(aliases) = aliases
        && !aliases.contains(&id)
    {
        aliases.insert(0, id);
    }
}
