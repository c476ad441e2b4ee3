//! The billing configuration of customers with plans: one per provider, in one flat object.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use domain::customer::Command;
use domain::provider::{Configuration, Provider};
use http::auth::Caller;
use http::commands::read_command;
use http::extract::Path;
use http::{App, Problem};
use serde_json::{Map, Value, json};

use super::configurations::numbers_as_text;
use super::documents::{by_id, data};
use super::tables::{OLD_AWS, OLD_GCP, OLD_STRIPE};
use crate::reading::{find, shown};
use crate::submit::{Shows, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// The provider's id of the customer, whichever provider.
pub(super) const REFERENCE: &str = "billing_provider_customer_id";
/// What names the provider in the configuration of a new customer, and what that configuration is called there.
pub(super) const PROVIDER: &str = "billing_provider_type";
pub(super) const OLD: &str = "billing_config";
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
    let mut rendered: Map<String, Value> = same()
        .filter_map(|name| Some((name.to_owned(), configuration.get(name)?.clone())))
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
    let (commands, shown) = (vec![configuration.command], Shows::Nothing);
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
    let Some(config) = sent.body.remove(OLD).filter(|config| !config.is_null()) else {
        return Ok(());
    };
    let Value::Object(config) = config else {
        return Err(Violation::invalid("must be an object").under(OLD).into());
    };
    let under = |violation: Violation| violation.under(OLD);
    let provider = config.get(PROVIDER).and_then(Value::as_str).unwrap_or_default();
    let named = read_provider(provider)
        .map_err(|_| under(Violation::invalid("must be a billing provider").under(PROVIDER)))?;
    let configuration = configuration(&config, named)
        .map_err(|found| found.into_iter().map(under).collect::<Vec<_>>())?;
    let item = json!({
        "billing_provider": provider,
        "configuration": configuration.members,
        "delivery_method": DIRECT,
    });
    let configs = sent.body.entry("customer_billing_provider_configurations");
    let configs = configs.or_insert(Value::Null);
    if configs.is_null() {
        *configs = json!([]);
    }
    if let Value::Array(configs) = configs {
        configs.push(item);
    }
    Ok(())
}

/// What the provider has to know, and the command that adds it.
struct Configured {
    members: Map<String, Value>,
    command: Command,
}

/// The configuration in the flat object. As everywhere in requests, what the provider's contract does not have is
/// ignored.
///
/// # Errors
///
/// All that is wrong, each with its place in the flat object.
fn configuration(
    flat: &Map<String, Value>,
    provider: Provider,
) -> Result<Configured, Vec<Violation>> {
    let there = |name: &str| flat.get(name).filter(|value| !value.is_null());
    let Some(reference) = there(REFERENCE) else {
        return Err(vec![Violation::invalid("is required").under(REFERENCE)]);
    };
    let known = Configuration::members_of(provider);
    let same: BTreeMap<_, _> = same()
        .filter(|name| known.is_none_or(|known| known.contains(name)))
        .filter_map(|name| Some((name, there(name)?.clone())))
        .collect();
    let member = provider.reference_member();
    let mut members: Map<String, Value> =
        same.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    members.entry(member).or_insert_with(|| reference.clone());
    numbers_as_text(&mut members);
    let body = json!({"provider": provider, "configuration": members, "delivery_method": DIRECT});
    let read = Command::read("add-billing-config", body);
    let read = read.unwrap_or_else(|| Err(vec![Violation::invalid("is not a command")]));
    let in_flat = |violation: Violation| {
        let rest = violation.pointer.strip_prefix("/configuration").unwrap_or_default();
        let of_reference = rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(member));
        let pointer = match of_reference {
            Some(rest) if !same.contains_key(member) => format!("/{REFERENCE}{rest}"),
            _ => rest.to_owned(),
        };
        Violation { pointer, ..violation }
    };
    let command = read.map_err(|found| found.into_iter().map(in_flat).collect::<Vec<_>>())?;
    Ok(Configured { members, command })
}

/// The names that a member has here and in the configuration.
fn same() -> impl Iterator<Item = &'static str> {
    [OLD_STRIPE, OLD_AWS, OLD_GCP].into_iter().flatten().map(|member| member.theirs)
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
