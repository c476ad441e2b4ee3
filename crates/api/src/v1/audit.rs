//! The audit: all that has happened in a tenant, found by who, when, how, and what it was about.

pub(crate) mod reads;

use std::sync::{Arc, OnceLock};

use axum::response::Response;
use domain::{customer, tenant};
use futures::FutureExt as _;
use http::accept::Format;
use http::at_least::AtLeast;
use http::event::{EventItem, item};
use http::extract::Query;
use http::list::{Asking, List, ListItem as _, Read, answer, shown};
use http::parameters::{Parameters, between};
use http::{Problem, reference};
use store::{After, AuditConditions, AuditQuery, View};

/// `GET /v1/audit`
pub(crate) async fn search_audit(
    asking: Asking,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&asking.app, asking.tenant());
    let name = parameters.list("/v1/audit");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let descending = parameters.newest_first()?;
    let mut asked = read(&mut parameters)?;
    let customer = parameters.filled("customer")?;
    parameters.finish()?;
    if let Some(customer) = customer {
        asked.customer = Some(reference::id_of(app, tenant, &customer).await?);
    }
    at_least.wait(app, tenant, View::AuditEntries).await?;
    if asked.field.is_some() {
        at_least.wait(app, tenant, View::FieldChanges).await?;
    }
    let asked = AuditQuery { asked, descending, after: None, limit: 0 };
    // With the oldest first, each page has a next one. An export ends at the position of the first page,
    // or where the next page would begin where this one did.
    let ends = asking.format != Format::Json && !descending;
    let end: Arc<OnceLock<i64>> = Arc::default();
    let read: Read = Box::new(move |store, after, limit| {
        let (asked, end) = (AuditQuery { after, limit, ..asked.clone() }, Arc::clone(&end));
        let page = async move {
            let page = store.audit(tenant, &asked).await?.ok_or_else(Problem::cursor_ahead)?;
            let mut page = shown(page, |event| item(tenant.partition, event));
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
    answer(asking, List { name, columns: EventItem::COLUMNS, about: None }, part, read).await
}

/// Reads what events must have, but for the customer.
fn read(parameters: &mut Parameters) -> Result<AuditConditions, Problem> {
    Ok(AuditConditions {
        customer: None,
        field: parameters.field()?,
        actor: parameters.filled("actor")?,
        api_key: parameters.filled("api_key")?,
        event_type: event_type(parameters)?,
        request_id: parameters.filled("request_id")?,
        correlation_id: parameters.filled("correlation_id")?,
        surface: parameters.filled("surface")?,
        recorded: between(parameters, ["after", "before"])?,
    })
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
