//! The billing configurations that a customer has, or had.

use std::future::ready;

use axum::response::Response;
use domain::CustomerId;
use domain::customer::{BillingConfig, Customer};
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::extract::{Path, Query};
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::Parameters;
use http::{Problem, reference};
use serde::Serialize;
use store::{After, BillingQuery, Current, Page, StoreError, View};
use uuid::Uuid;

use crate::v1::billing_configs::{ConfigItem, archived, found};
use crate::v1::moment::RequestedMoment;

/// `GET /v1/customers/{ref}/billing-configs`
pub(crate) async fn list_billing_configs(
    request: ListRequest,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let current = reference::find(app, tenant, &reference::read(&reference)?).await?;
    let name = parameters.list(&format!("/v1/customers/{}/billing-configs", current.id));
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let moment = RequestedMoment::read(&request.caller, &mut parameters)?;
    let archived = archived(&mut parameters)?;
    parameters.finish()?;
    if let Some(moment) = moment {
        let then = moment.of(app, tenant, &current).await?;
        let list = List { name, columns: ConfigItem::COLUMNS, about: Some(then.id) };
        let read: ReadPage = Box::new(move |_, after, limit| {
            let page = page(&then, archived, after.as_ref(), limit);
            ready(page.map_err(Problem::from)).boxed()
        });
        return answer(request, list, part, read).await;
    }
    at_least.wait(app, tenant, View::BillingConfigurations).await?;
    let customer = Some(CustomerId(current.id));
    let asked = BillingQuery { customer, archived, ..BillingQuery::default() };
    found(request, name, part, asked).await
}

/// A configuration as the customer's document had it, and whose it is.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    config: BillingConfig,
    customer_id: Uuid,
}

/// The configurations of a customer that was `then` so, by id.
fn page(
    then: &Current,
    archived: Option<bool>,
    after: Option<&After>,
    limit: u16,
) -> Result<Page<Item>, StoreError> {
    let state: Customer = then.read()?;
    let mut configs = state.billing_configs;
    configs.retain(|config| {
        let comes = after.is_none_or(|after| config.id.0 > after.id);
        comes && archived.is_none_or(|archived| archived == config.archived_at.is_some())
    });
    configs.sort_by_key(|config| config.id.0);
    let listed = |config: BillingConfig| {
        let after = After { key: String::new(), id: config.id.0 };
        (Document { config, customer_id: then.id }, after)
    };
    let page = Page::of(configs.into_iter().map(listed).collect(), limit, None);
    Ok(shown(page, Item::of_part))
}
