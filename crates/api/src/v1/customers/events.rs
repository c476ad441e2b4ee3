//! A customer's events, each with who, why and how.

pub(crate) mod proof;

use axum::response::Response;
use futures::FutureExt as _;
use http::event::{EventItem, item};
use http::extract::{Path, Query};
use http::list::{List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::Parameters;
use http::{Problem, reference};
use store::{EventQuery, Reference, Span};

use super::span::{RequestedSpan, types, whose};

/// `GET /v1/customers/{ref}/events`
pub(crate) async fn list_events(
    request: ListRequest,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (request.app.clone(), request.tenant());
    let reference = reference::read(&reference)?;
    let asked = RequestedSpan::read(&mut parameters)?;
    let types = types(&mut parameters)?;
    // Who gives the id and asks for no types is answered by one question: has it events, it is there.
    let customer = match reference {
        Reference::Id(id) if types.is_empty() => (id, i64::MAX),
        Reference::Id(_) | Reference::External(_) | Reference::Alias(_) => {
            whose(&app, tenant, &reference).await?
        }
    };
    let about = Some(customer.0.0);
    let (span, name, part) = asked.span(&app, tenant, customer, "events", &mut parameters).await?;
    parameters.finish()?;
    let read: ReadPage = Box::new(move |store, after, limit| {
        let span = Span { after, limit, ..span.clone() };
        let (asked, app) = (EventQuery { span, types: types.clone() }, app.clone());
        let reference = reference.clone();
        let page = async move {
            let page = store.events(tenant, &asked).await?;
            if page.items.is_empty() {
                whose(&app, tenant, &reference).await?;
            }
            Ok(shown(page, |event| item(tenant.partition, event)))
        };
        page.boxed()
    });
    answer(request, List { name, columns: EventItem::COLUMNS, about }, part, read).await
}
