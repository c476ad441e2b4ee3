//! Billing configurations of all customers.

use axum::response::Response;
use domain::Timestamp;
use domain::ids::DeliveryMethodId;
use domain::provider::{Configuration, DeliveryMethod, Provider, TaxProvider};
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::extract::Query;
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::{Parameters, Part};
use http::{Problem, list_item};
use serde_json::value::RawValue;
use store::{BillingConfiguration, BillingQuery, View};
use uuid::Uuid;

/// `GET /v1/billing-configs`
pub(crate) async fn find_billing_configs(
    request: ListRequest,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
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
    found(request, name, part, asked).await
}

/// The answer with the requested configurations.
pub(super) async fn found(
    request: ListRequest,
    name: String,
    part: Part,
    asked: BillingQuery,
) -> Result<Response, Problem> {
    let tenant = request.tenant();
    let read: ReadPage = Box::new(move |store, after, limit| {
        let asked = BillingQuery { after, limit, ..asked.clone() };
        let page =
            async move { Ok(shown(store.billing_configurations(tenant, &asked).await?, item)) };
        page.boxed()
    });
    answer(request, List { name, columns: ConfigItem::COLUMNS, about: None }, part, read).await
}

/// Reads `archived`.
pub(super) fn archived(parameters: &mut Parameters) -> Result<Option<bool>, Problem> {
    parameters.parsed("archived", "must be true or false")
}

list_item! {
    /// A billing configuration and its customer.
    #[schemars(rename = "FoundBillingConfig")]
    pub(crate) struct ConfigItem<'a> {
        /// The configuration's id.
        id: Uuid,
        /// The customer.
        customer_id: Uuid,
        /// Who sends the invoices.
        #[schemars(with = "Provider")]
        provider: &'a str,
        /// What the provider has to know.
        #[schemars(with = "Configuration")]
        configuration: &'a RawValue,
        /// How documents get there. Absent if they go by one of the tenant's delivery methods.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<DeliveryMethod>")]
        delivery_method: Option<&'a str>,
        /// The tenant's delivery method by which documents get there.
        #[serde(skip_serializing_if = "Option::is_none")]
        delivery_method_id: Option<Uuid>,
        /// Who calculates taxes. Absent if the provider does.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<TaxProvider>")]
        tax_provider: Option<&'a str>,
        /// The customer's version that last changed the configuration. Absent in the past.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        version: Option<i64>,
        /// When it was last changed. Absent in the past.
        #[serde(skip_serializing_if = "Option::is_none")]
        changed_at: Option<Timestamp>,
        /// Since when it is archived. Absent if it is active.
        #[serde(skip_serializing_if = "Option::is_none")]
        archived_at: Option<Timestamp>,
    }
}

fn item(config: &BillingConfiguration) -> Item {
    let document = ConfigItem {
        id: config.id,
        customer_id: config.customer_id,
        provider: &config.provider,
        configuration: serde_json::from_str(&config.configuration).unwrap_or(RawValue::NULL),
        delivery_method: config.delivery_method.as_deref(),
        delivery_method_id: config.delivery_method_id,
        tax_provider: config.tax_provider.as_deref(),
        version: Some(config.version),
        changed_at: Some(config.changed_at.into()),
        archived_at: config.archived_at.map(Timestamp::from),
    };
    // A struct of texts and numbers always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: Some(config.customer_id) }
}
