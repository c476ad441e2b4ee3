//! Reading how customers are billed and how they pay, or how that was.

mod past;

use std::future::ready;

use axum::http::HeaderMap;
use axum::response::Response;
use domain::customer::{Customer, Payment};
use domain::ids::DeliveryMethodId;
use domain::provider::{DeliveryMethod, Provider};
use domain::{CustomerId, Timestamp};
use futures::FutureExt as _;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{BillingConfiguration, BillingQuery, Page, View};
use uuid::Uuid;

use crate::accept::Format;
use crate::at_least::AtLeast;
use crate::customers::find;
use crate::export::columns::{BILLING_CONFIGS, PAYMENT_PROFILES};
use crate::extract::{Path, Query};
use crate::headers::unless_known;
use crate::history::Asked;
use crate::listing::{Asking, Item, List, Read, answer, shown};
use crate::parameters::{Parameters, Part};
use crate::problem::Problem;
use crate::reads::shows;
use crate::reference;

/// `GET /v1/customers/{ref}/billing-configs`
pub(crate) async fn list_billing_configs(
    asking: Asking,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&asking.app, asking.tenant());
    let current = reference::find(app, tenant, &reference::read(&reference)?).await?;
    let name = parameters.list(&format!("/v1/customers/{}/billing-configs", current.id));
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let moment = Asked::read(&asking.caller, &mut parameters)?;
    let archived = archived(&mut parameters)?;
    parameters.finish()?;
    if let Some(moment) = moment {
        let then = moment.of(app, tenant, &current).await?;
        let list = List { name, columns: BILLING_CONFIGS, about: Some(then.id) };
        let read: Read = Box::new(move |_, after, limit| {
            let page = past::page(&then, archived, after.as_ref(), limit);
            ready(page.map_err(Problem::from)).boxed()
        });
        return answer(asking, list, part, read).await;
    }
    at_least.wait(app, tenant, View::BillingConfigurations).await?;
    let customer = Some(CustomerId(current.id));
    let asked = BillingQuery { customer, archived, ..BillingQuery::default() };
    found(asking, name, part, asked).await
}

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

/// `GET /v1/customers/{ref}/payment-profiles`
pub(crate) async fn list_payment_profiles(
    asking: Asking,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let current = find(&asking.app, &asking.caller, &reference, &mut parameters).await?;
    let (id, version) = (current.id, current.version);
    let payment = move || Ok::<_, Problem>(current.read::<Customer>()?.payment);
    if asking.format == Format::Json {
        let profiles = async { Ok(axum::Json(PaymentProfiles::from(payment()?))) };
        return Ok(shows(unless_known(&headers, version, profiles).await?, [id]));
    }
    let list = List { name: String::new(), columns: PAYMENT_PROFILES, about: Some(id) };
    let read: Read = Box::new(move |_, _, _| {
        let items = payment().map(|payment| payment.profiles.iter().map(past::item).collect());
        ready(items.map(|items| Page { items, next: None, position: None })).boxed()
    });
    answer(asking, list, Part::ALL, read).await
}

/// The answer with the configurations that are asked for.
async fn found(
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

fn archived(parameters: &mut Parameters) -> Result<Option<bool>, Problem> {
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

/// How a customer pays, as a list.
#[derive(Serialize)]
struct PaymentProfiles {
    items: Vec<domain::customer::PaymentProfile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_payment_profile_id: Option<domain::ids::PaymentProfileId>,
    auto_pay: bool,
}

impl From<Payment> for PaymentProfiles {
    fn from(payment: Payment) -> Self {
        let Payment { default_payment_profile_id, auto_pay, profiles } = payment;
        Self { items: profiles, default_payment_profile_id, auto_pay }
    }
}
