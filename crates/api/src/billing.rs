//! Reading how customers are billed and how they pay, or how that was.

mod past;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::customer::{Customer, Payment};
use domain::ids::DeliveryMethodId;
use domain::provider::{DeliveryMethod, Provider};
use domain::{CustomerId, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{BillingConfiguration, BillingQuery, Page, TenantRef, View};
use uuid::Uuid;

use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::customers::find;
use crate::extract::{Path, Query};
use crate::headers::unless_known;
use crate::history::Asked;
use crate::lists::answer;
use crate::parameters::{Parameters, Part};
use crate::problem::Problem;
use crate::reads::shows;
use crate::reference;

/// `GET /v1/customers/{ref}/billing-configs`
pub(crate) async fn list_billing_configs(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let current = reference::find(&app, tenant, &reference::read(&reference)?).await?;
    let list = parameters.list(&format!("/v1/customers/{}/billing-configs", current.id));
    let part = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    let moment = Asked::read(&mut parameters)?;
    let archived = archived(&mut parameters)?;
    parameters.finish()?;
    if let Some(moment) = moment {
        let then = moment.of(&app, tenant, &current).await?;
        let page = past::page(&then, archived, part)?;
        return answer(&app, tenant, &list, &page, [then.id], past::document).await;
    }
    let (customer, Part { after, limit }) = (Some(CustomerId(current.id)), part);
    let asked = BillingQuery { customer, archived, after, limit, ..BillingQuery::default() };
    at_least.wait(&app, tenant, View::BillingConfigurations).await?;
    let page = app.store.billing_configurations(tenant, &asked).await?;
    shown(&app, tenant, &list, &page).await
}

/// `GET /v1/billing-configs`
pub(crate) async fn find_billing_configs(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let list = parameters.list("/v1/billing-configs");
    let Part { after, limit } = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    let method: Option<DeliveryMethodId> =
        parameters.parsed("delivery_method_id", "must be the id of a delivery method")?;
    let asked = BillingQuery {
        customer: None,
        provider: parameters.named::<Provider>("provider")?,
        provider_customer_id: parameters.text("provider_customer_id")?,
        delivery_method: parameters.named::<DeliveryMethod>("delivery_method")?,
        delivery_method_id: method.map(|id| id.0),
        archived: archived(&mut parameters)?,
        after,
        limit,
    };
    parameters.finish()?;
    if asked.provider_customer_id.is_some() && asked.provider.is_none() {
        return Err(Problem::parameter("provider", "must go with provider_customer_id"));
    }
    at_least.wait(&app, tenant, View::BillingConfigurations).await?;
    let page = app.store.billing_configurations(tenant, &asked).await?;
    shown(&app, tenant, &list, &page).await
}

/// `GET /v1/customers/{ref}/payment-profiles`
pub(crate) async fn list_payment_profiles(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let current = find(&app, caller.tenant(), &reference, &mut parameters).await?;
    let profiles = async {
        let customer: Customer = current.read()?;
        Ok(axum::Json(PaymentProfiles::from(customer.payment)))
    };
    Ok(shows(unless_known(&headers, current.version, profiles).await?, [current.id]))
}

async fn shown(
    app: &App,
    tenant: TenantRef,
    list: &str,
    page: &Page<BillingConfiguration>,
) -> Result<Response, Problem> {
    let customers = page.items.iter().map(|config| config.customer_id);
    answer(app, tenant, list, page, customers, document).await
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

fn document(config: &BillingConfiguration) -> String {
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
    serde_json::to_string(&document).unwrap_or_default()
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
