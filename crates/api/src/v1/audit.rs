//! The audit: all that has happened in a tenant, found by who, when, how, and what it was about.

pub(crate) mod reads;

use std::sync::{Arc, OnceLock};

use axum::response::Response;
use domain::customer::FieldChange;
use domain::{customer, tenant};
use futures::FutureExt as _;
use http::accept::Format;
use http::at_least::AtLeast;
use http::event::{EventItem, with_item};
use http::extract::Query;
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::{Parameters, between};
use http::{Problem, list_item, reference};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{After, AuditConditions, AuditEntry, AuditQuery, Partition, View};

/// `GET /v1/audit`
pub(crate) async fn search_audit(
    request: ListRequest,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let name = parameters.list("/v1/audit");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let descending = parameters.newest_first()?;
    let values = includes_values(&mut parameters)?;
    let mut asked = read(&mut parameters)?;
    let customer = parameters.filled("customer")?;
    parameters.finish()?;
    if let Some(customer) = customer {
        asked.customer = Some(reference::id_of(app, tenant, &customer).await?);
    }
    at_least.wait(app, tenant, View::AuditEntries).await?;
    at_least.wait(app, tenant, View::CustomerList).await?;
    if asked.field.is_some() {
        at_least.wait(app, tenant, View::FieldChanges).await?;
    }
    let asked = AuditQuery { asked, descending, after: None, limit: 0 };
    // With the oldest first, each page has a next one. An export ends at the position of the first page,
    // or where the next page would begin where this one did.
    let ends = request.format != Format::Json && !descending;
    let end: Arc<OnceLock<i64>> = Arc::default();
    let read: ReadPage = Box::new(move |store, after, limit| {
        let (asked, end) = (AuditQuery { after, limit, ..asked.clone() }, Arc::clone(&end));
        let page = async move {
            let page = store.audit_entries(tenant, &asked, values).await?;
            let page = page.ok_or_else(Problem::cursor_ahead)?;
            let mut page = shown(page, |entry| item(tenant.partition, entry));
            if ends {
                let end = *end.get_or_init(|| page.position.unwrap_or_default());
                let before_end = |next: &After| next.key.parse().is_ok_and(|at: i64| at < end);
                let moves_on = |next: &After| Some(next) != asked.after.as_ref();
                page.next = page.next.filter(before_end).filter(moves_on);
            }
            Ok(page)
        };
        page.boxed()
    });
    answer(request, List { name, columns: AuditItem::COLUMNS, about: None }, part, read).await
}

/// Reads what events must have, but for the customer.
fn read(parameters: &mut Parameters) -> Result<AuditConditions, Problem> {
    Ok(AuditConditions {
        customer: None,
        field: parameters.field()?,
        actor: parameters.claimed("actor")?,
        api_key: parameters.filled("api_key")?,
        event_type: event_type(parameters)?,
        request_id: parameters.filled("request_id")?,
        correlation_id: parameters.claimed("correlation_id")?,
        surface: parameters.filled("surface")?,
        reason: parameters.claimed("reason")?,
        reason_prefix: parameters.claimed("reason_prefix")?,
        reason_search: parameters.search("reason_search")?,
        has_reason: parameters.parsed("has_reason", "must be true or false")?,
        recorded: between(parameters, ["after", "before"])?,
    })
}

/// `include`: what entries have beyond what they always have.
fn includes_values(parameters: &mut Parameters) -> Result<bool, Problem> {
    match parameters.text("include")?.as_deref() {
        None => Ok(false),
        Some("values") => Ok(true),
        Some(_) => Err(Problem::parameter("include", "must be values")),
    }
}

/// The name of an event.
pub(super) fn event_type(parameters: &mut Parameters) -> Result<Option<String>, Problem> {
    let Some(name) = parameters.text("type")? else { return Ok(None) };
    let mut known = customer::Event::NAMES.iter().chain(tenant::Event::NAMES);
    if known.any(|known| *known == name) {
        return Ok(Some(name));
    }
    Err(Problem::parameter("type", "must be the name of an event"))
}

list_item! {
    /// An event, and what people want to know with it.
    #[schemars(rename = "AuditEntry")]
    pub(crate) struct AuditItem<'a> {
        /// The customer's name as it is now. Absent for an event of the tenant.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_name: Option<&'a str>,
        /// The customer's external id as it is now, if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_external_id: Option<&'a str>,
        /// The name of the API key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_name: Option<&'a str>,
        /// The fields that changed, with old and new values. Only with `include=values`. Absent for an event of
        /// the tenant, and for one that this version of the service can't read.
        #[serde(skip_serializing_if = "Option::is_none")]
        changes: Option<Vec<ChangedField<'a>>>,
    }
    with event: EventItem
}

/// A field that an event changed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChangedField<'a> {
    /// The field: a JSON pointer into the customer. Items of lists that have an id are addressed by id,
    /// integrations by type and id.
    field: &'a str,
    /// The value before, as JSON. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Value>,
    /// The value after, as JSON. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Value>,
}

impl<'a> ChangedField<'a> {
    fn of(change: &'a FieldChange) -> Self {
        Self { field: &change.field, old: change.old.as_ref(), new: change.new.as_ref() }
    }
}

fn item(partition: Partition, entry: &AuditEntry) -> Item {
    let names = entry.customer.as_ref();
    let changes = entry.changes.as_ref();
    let document = with_item(partition, &entry.event, |event| {
        let document = AuditItem {
            customer_name: names.map(|names| &*names.name),
            customer_external_id: names.and_then(|names| names.external_id.as_deref()),
            api_key_name: entry.api_key_name.as_deref(),
            changes: changes.map(|changes| changes.iter().map(ChangedField::of).collect()),
            event,
        };
        // A struct of texts and numbers always becomes JSON.
        serde_json::to_string(&document).unwrap_or_default()
    });
    Item { document, customer: entry.event.customer_id }
}
