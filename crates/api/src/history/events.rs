//! A customer's events, each with who, why and how.

use axum::extract::State;
use axum::response::Response;
use store::{EventQuery, Reference};

use super::event::document;
use super::span::{Asked, types, whose};
use crate::app::App;
use crate::auth::Caller;
use crate::extract::{Path, Query};
use crate::lists::answer;
use crate::parameters::Parameters;
use crate::problem::Problem;
use crate::reference;

/// `GET /v1/customers/{ref}/events`
pub(crate) async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let reference = reference::read(&reference)?;
    let asked = Asked::read(&mut parameters)?;
    let types = types(&mut parameters)?;
    // Who gives the id and asks for no types is answered by one question: has it events, it is there.
    let customer = match reference {
        Reference::Id(id) if types.is_empty() => (id, i64::MAX),
        Reference::Id(_) | Reference::External(_) | Reference::Alias(_) => {
            whose(&app, tenant, &reference).await?
        }
    };
    let id = customer.0.0;
    let (span, list) = asked.span(&app, tenant, customer, "events", &mut parameters).await?;
    parameters.finish()?;
    let page = app.store.events(tenant, &EventQuery { span, types }).await?;
    if page.items.is_empty() {
        whose(&app, tenant, &reference).await?;
    }
    let partition = tenant.partition;
    let shown = |event: &_| document(partition, event);
    answer(&app, tenant, &list, &page, [id], shown).await
}
