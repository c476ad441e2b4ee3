//! Customers whose events a read model can't apply: why, and trying again.

use axum::extract::State;
use axum::response::Response;
use domain::{CustomerId, TenantId};
use http::context::Context;
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::{App, Problem};
use maud::{Markup, html};
use store::projections::{Parked, Unparked};
use uuid::Uuid;

use super::act::known;
use crate::look::{Flash, Page, Place, form_of, states, time, value, with_flash};
use crate::posted::Posted;
use crate::session::Session;
use crate::url::OPERATIONS;

/// Customers on the page. The others are shown when some of these go on.
const SHOWN: i64 = 100;

/// `GET /console/operations/{name}/parked`
pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let name = known(&app, &name)?;
    let flash = parameters.text(Flash::PARAMETER)?.as_deref().and_then(Flash::read);
    parameters.finish()?;
    let parked = app.store.parked(name, None, SHOWN).await?;
    let title = format!("Parked in {name}");
    Ok(Page::new(&session, Place::Operations, &title).flash(flash).show(html! {
        div.head {
            h1 { "Parked in " code { (name) } }
            a.soft href=(OPERATIONS) { "Operations" }
        }
        @if parked.is_empty() {
            (states::empty("Nobody is parked", html! { "This read model follows every customer." }))
        } @else {
            p { "An event of each of these customers can't be applied. Later events of the customer wait; other customers go on. Mend the cause, then try again." }
            div.wide { table.audit data-keys="list" {
                thead { tr { th { "Customer" } th { "Stopped at" } th { "Why" } th { "Since" } th { span.hidden { "What to do" } } } }
                tbody { @for parked in &parked { (row(&session, name, parked)) } }
            } }
            @if i64::try_from(parked.len()).is_ok_and(|count| count >= SHOWN) {
                p.soft { "Only the first " (SHOWN) " are shown." }
            }
        }
    }))
}

fn row(session: &Session, name: &str, parked: &Parked) -> Markup {
    html! {
        tr data-item {
            td { (value::id(&parked.customer_id.to_string())) br; small { "tenant " (value::id(&parked.tenant_id.to_string())) } }
            td { "version " (parked.sequence) br; small { (parked.event_type) ", generation " (parked.generation) } }
            td { (parked.failure) }
            td { (time::ago(session.now(), parked.parked_at)) }
            td {
                (form_of(session, &format!("{OPERATIONS}/{name}/unpark"), html! {
                    input type="hidden" name="tenant" value=(parked.tenant_id.to_string());
                    input type="hidden" name="customer" value=(parked.customer_id.to_string());
                    button.button { "Try again" }
                }))
            }
        }
    }
}

/// `POST /console/operations/{name}/unpark`
pub(super) async fn retry(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let name = known(&app, &name)?;
    let id = |field| posted.filled(field).and_then(|id| id.parse::<Uuid>().ok());
    let named = id("tenant").zip(id("customer"));
    let (tenant, customer) = named.ok_or_else(Problem::not_parked)?;
    let (tenant, customer) = (TenantId(tenant), CustomerId(customer));
    let tried = app.store.unpark(name, tenant, customer, &context.metadata).await?;
    if tried.is_empty() {
        return Err(Problem::not_parked());
    }
    tracing::info!(key_id = context.caller.key_id(), "a customer is to go on in {name}");
    let goes_on = tried.iter().all(|(_, became)| matches!(became, Unparked::Applied(_)));
    let flash = if goes_on { Flash::GoesOn } else { Flash::StoppedAgain };
    Ok(with_flash(&format!("{OPERATIONS}/{name}/parked"), flash))
}
