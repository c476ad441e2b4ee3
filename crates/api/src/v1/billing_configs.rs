//! Billing configurations of all customers.

use axum::response::Response;
use domain::Timestamp;
use domain::ids::DeliveryMethodId;
use domain::provider::{DeliveryMethod, Provider};
use futures::FutureExt as _;
use http::Problem;
use http::at_least::AtLeast;
use http::extract::Query;
use http::list::{Asking, Item, List, Read, answer, shown};
use http::parameters::{Parameters, Part};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{BillingConfiguration, BillingQuery, View};
use uuid::Uuid;

use crate::columns::BILLING_CONFIGS;

/// `GET /v1/billing-configs`
pub(crate) async fn find_billing_configs(
    asking: Asking,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&asking.app, asking.tenant());
    let name = parameters.list("/v1/billing-configs");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let method: Option<DeliveryMethodId> =
        parameters.parsed("delivery_method_id", "must be the id of a delivery method")?;
    let asked = BillingQuery {
        provider: parameters.named::<Provider>("provider")?,
        provider_customer_id: parameters.filled("provider_customer_id")?,
        delivery_method: parameters.named::<DeliveryMethod>("delivery_method")?,
        delivery_method_id: method.map(|id| id.0),
        archived: archived(&mut parameters)?,
        ..BillingQuery::default()
    };
    parameters.finish()?;
    if asked.provider_customer_id.is_some() && asked.provider.is_none() {
        return Err(Problem::parameter("provider", "must go with provider_customer_id"));
    }
    at_least.wait(app, tenant, View::BillingConfigurations).await?;
    found(asking, name, part, asked).await
}

/// The answer with the configurations that are asked for.
pub(super) async fn found(
    asking: Asking,
    name: String,
    part: Part,
    asked: BillingQuery,
) -> Result<Response, Problem> {
    let tenant = asking.tenant();
    let read: Read = Box::new(move |store, after, limit| {
        let asked = BillingQuery { after, limit, ..asked.clone() };
        let page =
            async move { Ok(shown(store.billing_configurations(tenant, &asked).await?, item)) };
        page.boxed()
    });
    answer(asking, List { name, columns: BILLING_CONFIGS, about: None }, part, read).await
}

/// Reads `archived`.
pub(super) fn archived(parameters: &mut Parameters) -> Result<Option<bool>, Problem> {
    parameters.parsed("archived", "must be true or false")
}

/// A billing configuration as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    id: Uuid,
    customer_id: Uuid,
    provider: &'a str,
    configuration: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_method_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_provider: Option<&'a str>,
    version: i64,
    changed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_at: Option<Timestamp>,
}

fn item(config: &BillingConfiguration) -> Item {
    let document = Document {
        id: config.id,
        customer_id: config.customer_id,
        provider: &config.provider,
        configuration: serde_json::from_str(&config.configuration).unwrap_or(RawValue::NULL),
        delivery_method: config.delivery_method.as_deref(),
        delivery_method_id: config.delivery_method_id,
        tax_provider: config.tax_provider.as_deref(),
        version: config.version,
        changed_at: config.changed_at.into(),
        archived_at: config.archived_at.map(Timestamp::from),
    };
    // A struct of texts and numbers always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: Some(config.customer_id) }
}
