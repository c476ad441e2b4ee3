//! What customers are called in other systems.

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use domain::customer::Command;
use http::auth::Caller;
use http::commands::read_command;
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem};
use serde_json::{Value, json};
use store::api_keys::Scope;
use store::{Reference, TenantRef};

use super::customers::by_id;
use super::documents::mappings;
use super::tables::{ENTITY_TYPE, MAPPING};
use crate::members;
use crate::reading::{find, shown};
use crate::submit::{Shows, Source, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// What a link is required to say, and the end of one.
pub(super) const LINKED: [&str; 4] =
    ["entity_id", "entity_type", "provider_type", "provider_entity_id"];
pub(super) const DELINKED: [&str; 3] = ["entity_id", "entity_type", "provider_type"];

/// `POST /v1/integrations/link`: the customer's mapping for this system, in place of any other.
pub(super) async fn link(State(app): State<App>, sent: VendorRequest) -> Result<Response, Problem> {
    sent.require(&LINKED)?;
    let map = sent.one(MAPPING, "map-integration")?;
    let Command::MapIntegration(wanted) = &map else { return Err(Problem::internal()) };
    let wanted = wanted.clone();
    let (tenant, reference) = entity(&sent)?;
    let (id, document) = find(&app, tenant, &reference).await?;
    let mut commands = unmap(&document, wanted.provider_type.as_str())?;
    commands.retain(|command| {
        let Command::UnmapIntegration(other) = command else { return true };
        other.provider_entity_id != wanted.provider_entity_id
    });
    commands.push(map);
    let reference = Reference::Id(CustomerId(id));
    let shown = if sent.request.context.caller.may(Scope::Read) {
        Shows::Customer
    } else {
        Shows::Said(json!({"integrations": [wanted]}))
    };
    submit(&app, sent.surface, sent.request, reference, commands, shown, move |document, _| {
        let mut mappings = mappings(tenant, document).into_iter();
        let mapping = mappings.find(|mapping| {
            mapping["provider_type"] == wanted.provider_type.as_str()
                && mapping["provider_entity_id"] == wanted.provider_entity_id.as_str()
        });
        Ok(VendorResponse::ok(json!({"mapping": mapping})))
    })
    .await
}

/// `DELETE /v1/integrations/link`: what the customer is called in this system is forgotten.
pub(super) async fn delink(
    State(app): State<App>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&DELINKED)?;
    let (tenant, reference) = entity(&sent)?;
    let (id, document) = find(&app, tenant, &reference).await?;
    let provider = sent.body.get("provider_type").and_then(Value::as_str).unwrap_or_default();
    let commands = unmap(&document, provider)?;
    let reference = Reference::Id(CustomerId(id));
    // Without a mapping there is no command, but perhaps an answer that was kept.
    let shown = Shows::Nothing;
    submit(&app, sent.surface, sent.request, reference, commands, shown, |_, source| {
        if let Source::Stored(committed) = source
            && committed.events.is_empty()
        {
            return Err(Problem::not_found());
        }
        Ok(VendorResponse::ok(json!({"message": "the mapping is gone"})))
    })
    .await
}

/// `GET /v1/integrations/mappings`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let mut needed = |name| {
        let text = parameters.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Problem::parameter(name, "must be there"))
    };
    let (kind, id) = (needed("entity_type")?, needed("entity_id")?);
    let reference = by_id(&id).ok().filter(|_| kind == ENTITY_TYPE);
    let found = match &reference {
        Some(reference) => app.store.customer(caller.tenant(), reference).await?,
        None => None,
    };
    let items = match &found {
        Some(customer) => mappings(caller.tenant(), &customer.to_value()?),
        None => Vec::new(),
    };
    // A customer has no more of them than one answer has room for.
    let page = json!({"total": items.len(), "limit": items.len(), "offset": items.len()});
    Ok(shown(&json!({"items": items, "pagination": page}), found.map(|customer| customer.id)))
}

/// The customer that a body names as the entity.
fn entity(sent: &VendorRequest) -> Result<(TenantRef, Reference), Problem> {
    members::take(MAPPING, sent.surface.blank, &sent.body)?;
    let id = sent.body.get("entity_id").and_then(Value::as_str).unwrap_or_default();
    Ok((sent.request.context.caller.tenant(), by_id(id)?))
}

/// The commands that forget what a customer is called in a system.
fn unmap(document: &Value, provider: &str) -> Result<Vec<Command>, Problem> {
    let integrations = document.get("integrations").and_then(Value::as_array);
    let of_it = integrations.into_iter().flatten();
    let of_it = of_it.filter(|integration| integration["provider_type"] == provider);
    let commands = of_it.map(|integration| {
        let names = ["provider_type", "provider_entity_id"];
        let body = names.map(|name| (name.to_owned(), integration[name].clone()));
        read_command("unmap-integration", Value::Object(body.into_iter().collect()))
    });
    commands.collect()
}
