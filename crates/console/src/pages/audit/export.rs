//! The audit as a file: exactly the entries that the page shows, a line for each changed field.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use domain::Timestamp;
use futures::FutureExt as _;
use http::accept::Format;
use http::event::Context;
use http::extract::Query;
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer};
use http::parameters::{Parameters, Part};
use http::position::token;
use http::{App, Problem, list_item};
use serde_json::Value;
use store::{AuditEntry, AuditQuery, CustomerNames, Page, Partition};
use uuid::Uuid;

use super::asked::Asked;

/// `GET /console/audit/export`
pub(super) async fn send(
    State(app): State<App>,
    mut request: ListRequest,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = request.tenant();
    let asked = Asked::read(&mut parameters)?;
    let (format, file) = match parameters.text("format")?.as_deref() {
        Some("csv") => (Format::Csv, "attachment; filename=\"audit.csv\""),
        Some("ndjson") => (Format::Ndjson, "attachment; filename=\"audit.ndjson\""),
        _ => return Err(Problem::parameter("format", "must be csv or ndjson")),
    };
    parameters.finish()?;
    request.format = format;
    let conditions = asked.conditions(&app, tenant).await?;
    let read: ReadPage = Box::new(move |store, after, limit| {
        let asked = AuditQuery { asked: conditions.clone(), descending: true, after, limit };
        let page = async move {
            let page = store.audit_entries(tenant, &asked, true).await?;
            let Page { items, next, position } = page.ok_or_else(Problem::cursor_ahead)?;
            let items = items.iter().flat_map(|entry| lines(tenant.partition, entry)).collect();
            Ok(Page { items, next, position })
        };
        page.boxed()
    });
    // No cursor is made of its name: it is sent whole.
    let list = List { name: String::new(), columns: Line::COLUMNS, about: None };
    let mut response = answer(request, list, Part::ALL, read).await?;
    let disposition = HeaderValue::from_static(file);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}

list_item! {
    /// A field that an event changed; or an event that is not about fields.
    struct Line<'a> {
        /// When it was recorded.
        recorded_at: Timestamp,
        /// The customer. Absent for an event of the tenant.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_id: Option<Uuid>,
        /// The customer's name now.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_name: Option<&'a str>,
        /// The customer's external id now.
        #[serde(skip_serializing_if = "Option::is_none")]
        external_id: Option<&'a str>,
        /// The name of the key.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_name: Option<&'a str>,
        /// The version that the event made.
        version: i64,
        /// The event's position in the log.
        position: String,
        /// The event's type.
        r#type: &'a str,
        /// The field, as a JSON pointer.
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<&'a str>,
        /// The value before. Absent if there was none.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<&'a Value>,
        /// The value after. Absent if there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<&'a Value>,
    }
    with context: Context
}

/// The lines of an entry.
fn lines(partition: Partition, entry: &AuditEntry) -> Vec<Item> {
    let AuditEntry { event, customer, api_key_name, changes } = entry;
    let names: Option<&CustomerNames> = customer.as_ref();
    let line = |field, old, new| {
        let line = Line {
            recorded_at: event.recorded_at.into(),
            customer_id: event.customer_id,
            customer_name: names.map(|names| &*names.name),
            external_id: names.and_then(|names| names.external_id.as_deref()),
            api_key_name: api_key_name.as_deref(),
            version: event.version,
            position: token(partition, event.position),
            r#type: &event.event_type,
            field,
            old,
            new,
            context: serde_json::from_str(&event.metadata).unwrap_or_default(),
        };
        // A struct of texts and numbers always becomes JSON.
        let document = serde_json::to_string(&line).unwrap_or_default();
        Item { document, customer: event.customer_id }
    };
    let changes = changes.as_deref().unwrap_or_default().iter();
    if changes.len() == 0 {
        return vec![line(None, None, None)];
    }
    changes
        .map(|change| line(Some(&*change.field), change.old.as_ref(), change.new.as_ref()))
        .collect()
}
