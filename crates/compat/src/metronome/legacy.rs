//! The billing configuration of customers with plans: one per provider, in one flat object.

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use domain::provider::Provider;
use http::auth::Caller;
use http::commands::read_command;
use http::extract::Path;
use http::{App, Problem};
use serde_json::{Map, Value, json};

use super::documents::{by_id, data};
use crate::reading::{find, shown};
use crate::submit::{Shows, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// The provider's id of the customer, whichever provider.
const REFERENCE: &str = "billing_provider_customer_id";
/// The members that are the same in a configuration.
const SAME: [&str; 6] = [
    "stripe_collection_method",
    "aws_customer_account_id",
    "aws_customer_id",
    "aws_is_subscription_product",
    "aws_product_code",
    "aws_region",
];
/// How documents get to the provider where the old API didn't ask.
const DIRECT: &str = "direct_to_billing_provider";

/// `GET /v1/customers/{id}/billing-config/{provider}`
pub(super) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path((id, provider)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let named = read_provider(&provider)?;
    let (id, document) = find(&app, caller.tenant(), &by_id(&id)?).await?;
    let config = current(&document, &provider).ok_or_else(Problem::not_found)?;
    let configuration = config["configuration"].clone();
    let mut rendered: Map<String, Value> = SAME
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), configuration.get(name)?.clone())))
        .collect();
    let reference = configuration.get(named.reference_member()).cloned();
    rendered.insert(REFERENCE.to_owned(), reference.unwrap_or_default());
    Ok(shown(&data(rendered.into()), [id]))
}

/// `POST /v1/customers/{id}/billing-config/{provider}`
pub(super) async fn create(
    State(app): State<App>,
    Path((id, provider)): Path<(String, String)>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let configuration = configuration(&sent.body, read_provider(&provider)?)?;
    let body = json!({
        "provider": provider, "configuration": configuration, "delivery_method": DIRECT,
    });
    let (commands, shown) = (vec![read_command("add-billing-config", body)?], Shows::Nothing);
    submit(&app, sent.surface, sent.request, by_id(&id)?, commands, shown, |_, _| {
        Ok(VendorResponse::EMPTY)
    })
    .await
}

/// `DELETE /v1/customers/{id}/billing-config/{provider}`
pub(super) async fn delete(
    State(app): State<App>,
    Path((id, provider)): Path<(String, String)>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    read_provider(&provider)?;
    let reference = by_id(&id)?;
    let (_, document) = find(&app, sent.request.context.caller.tenant(), &reference).await?;
    let used = all(&document, &provider).map(|config| config["id"].clone());
    let ids: Vec<_> = used.collect();
    if ids.is_empty() {
        return Err(Problem::not_found());
    }
    let commands = vec![read_command("archive-billing-configs", json!({"ids": ids}))?];
    let shown = Shows::Nothing;
    submit(&app, sent.surface, sent.request, reference, commands, shown, |_, _| {
        Ok(VendorResponse::EMPTY)
    })
    .await
}

/// Makes the `billing_config` that a customer is created with one of its configurations.
pub(super) fn into_configuration(sent: &mut VendorRequest) -> Result<(), Problem> {
    const OLD: &str = "billing_config";
    let Some(config) = sent.body.remove(OLD).filter(|config| !config.is_null()) else {
        return Ok(());
    };
    let Value::Object(config) = config else {
        return Err(Violation::invalid("must be an object").under(OLD).into());
    };
    let under = |violation: Violation| Problem::from(violation.under(OLD));
    let provider = config.get("billing_provider_type").and_then(Value::as_str).unwrap_or_default();
    let named = read_provider(provider).map_err(|_| {
        under(Violation::invalid("must be a billing provider").under("billing_provider_type"))
    })?;
    let configuration = configuration(&config, named).map_err(under)?;
    let item = json!({
        "billing_provider": provider, "configuration": configuration, "delivery_method": DIRECT,
    });
    let configs = sent.body.entry("customer_billing_provider_configurations");
    if let Value::Array(configs) = configs.or_insert_with(|| json!([])) {
        configs.push(item);
    }
    Ok(())
}

/// What the provider has to know, out of the flat object.
fn configuration(
    flat: &Map<String, Value>,
    provider: Provider,
) -> Result<Map<String, Value>, Violation> {
    let reference = flat.get(REFERENCE).filter(|id| !id.is_null());
    let reference = reference.ok_or_else(|| Violation::invalid("is required").under(REFERENCE))?;
    let mut configuration: Map<String, Value> = SAME
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), flat.get(*name)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    configuration.entry(provider.reference_member()).or_insert_with(|| reference.clone());
    Ok(configuration)
}

fn read_provider(name: &str) -> Result<Provider, Problem> {
    serde_json::from_value(json!(name)).map_err(|_| Problem::not_found())
}

/// The customer's configurations for a provider that are in use, in the order in which they came.
fn all<'a>(document: &'a Value, provider: &'a str) -> impl Iterator<Item = &'a Value> {
    let configs = document["billing_configs"].as_array().into_iter().flatten();
    configs.filter(move |config| config["provider"] == provider && config["archived_at"].is_null())
}

fn current<'a>(document: &'a Value, provider: &'a str) -> Option<&'a Value> {
    all(document, provider).last()
}
