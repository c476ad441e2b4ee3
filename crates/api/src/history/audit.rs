//! The audit: all that has happened in a tenant, found by who, when, how, and what it was about.

use axum::extract::State;
use axum::response::Response;
use domain::{customer, tenant};
use store::{Asked, AuditQuery, View};

use super::event::document;
use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::extract::Query;
use crate::lists::answer;
use crate::parameters::{Parameters, Part, between};
use crate::problem::Problem;
use crate::reference;

/// `GET /v1/audit`
pub(crate) async fn audit(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let list = parameters.list("/v1/audit");
    let Part { after, limit } = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    let descending = parameters.newest_first()?;
    let mut asked = read(&mut parameters)?;
    let customer = parameters.text("customer")?;
    parameters.finish()?;
    if let Some(customer) = customer {
        asked.customer = Some(reference::id_of(&app, tenant, &customer).await?);
    }
    at_least.wait(&app, tenant, View::AuditEntries).await?;
    if asked.field.is_some() {
        at_least.wait(&app, tenant, View::FieldChanges).await?;
    }
    let query = AuditQuery { asked, descending, after, limit };
    let page = app.store.audit(tenant, &query).await?.ok_or_else(Problem::cursor_ahead)?;
    let shown = |event: &_| document(tenant.partition, event);
    let customers = page.items.iter().filter_map(|event| event.customer_id);
    answer(&app, tenant, &list, &page, customers, shown).await
}

/// Reads what events must have, but for the customer.
fn read(parameters: &mut Parameters) -> Result<Asked, Problem> {
    Ok(Asked {
        customer: None,
        field: parameters.field()?,
        actor: parameters.text("actor")?,
        api_key: parameters.text("api_key")?,
        event_type: event_type(parameters)?,
        request_id: parameters.text("request_id")?,
        correlation_id: parameters.text("correlation_id")?,
        surface: parameters.text("surface")?,
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
