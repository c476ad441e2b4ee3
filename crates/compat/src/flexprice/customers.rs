//! Customers: create, look at, change, archive.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::CustomerId;
use domain::check::Violation;
use http::auth::Caller;
use http::commands::{empty_object, read_command};
use http::extract::{Path, Query};
use http::ids::new_id;
use http::parameters::Parameters;
use http::{App, Problem, reference};
use serde_json::Value;
use store::{Reference, TenantRef};

use super::documents::{Expand, customer};
use super::tables::{CUSTOMER, CUSTOMER_ID, PARENT, PARENT_EXTERNAL};
use crate::ids::{read_id, show_id};
use crate::reading::{find, shown};
use crate::submit::{Shows, Source, VendorResponse, submit};
use crate::vendor_request::VendorRequest;

/// What a customer can't be without.
pub(super) const REQUIRED: [&str; 2] = ["external_id", "name"];

/// `POST /v1/customers`
pub(super) async fn create(
    State(app): State<App>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    sent.require(&REQUIRED)?;
    let shown = sent.shows(CUSTOMER);
    name_parent(&app, &mut sent).await?;
    let (commands, shown) = (sent.registration(CUSTOMER)?, shown?);
    let reference = Reference::Id(CustomerId(new_id()));
    let tenant = sent.request.context.caller.tenant();
    submit(&app, sent.surface, sent.request, reference, commands, shown, move |document, _| {
        let body = customer(tenant, document, Expand::default());
        Ok(VendorResponse { status: StatusCode::CREATED, body: Some(body) })
    })
    .await
}

/// `GET /v1/customers/{id}`
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let expand = Expand::read(&mut parameters)?;
    let (id, document) = find(&app, tenant, &by_id(&id)?).await?;
    Ok(shown(&customer(tenant, &document, expand), [id]))
}

/// `GET /v1/customers/external/{external_id}` and `GET /v1/customers/lookup/{key}`: only a customer
/// that isn't archived has such a name.
pub(super) async fn get_by_external_id(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let expand = Expand::read(&mut parameters)?;
    let (id, document) = find(&app, tenant, &reference::external(&key)?).await?;
    if document.get("status").and_then(Value::as_str) != Some("active") {
        return Err(Problem::unknown_customer());
    }
    Ok(shown(&customer(tenant, &document, expand), [id]))
}

/// `PUT /v1/customers?id=…` or `?external_customer_id=…`
pub(super) async fn update(
    State(app): State<App>,
    Query(parameters): Query<Parameters>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    change(&app, None, parameters, sent).await
}

/// `PUT /v1/customers/{id}`
pub(super) async fn update_by_path(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    change(&app, Some(id), parameters, sent).await
}

async fn change(
    app: &App,
    in_path: Option<String>,
    mut parameters: Parameters,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    let tenant = sent.request.context.caller.tenant();
    let reference = named(app, tenant, in_path, &mut parameters).await?;
    let there = REQUIRED.into_iter().filter(|name| !is_absent(sent.body.get(*name)));
    sent.require(&there.collect::<Vec<_>>())?;
    // Before the parent is named by its id: the request need not have said that.
    let shown = sent.shows(CUSTOMER);
    name_parent(app, &mut sent).await?;
    let (commands, shown) = (sent.changes(CUSTOMER)?, shown?);
    submit(app, sent.surface, sent.request, reference, commands, shown, move |document, _| {
        Ok(VendorResponse::ok(customer(tenant, document, Expand::default())))
    })
    .await
}

/// `DELETE /v1/customers/{id}`
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    let commands = vec![read_command("archive-customer", empty_object())?];
    let (reference, shown) = (by_id(&id)?, Shows::Nothing);
    submit(&app, sent.surface, sent.request, reference, commands, shown, |_, source| {
        if let Source::Stored(committed) = source
            && committed.events.is_empty()
        {
            return Err(Problem::unknown_customer());
        }
        Ok(VendorResponse { status: StatusCode::NO_CONTENT, body: None })
    })
    .await
}

/// The customer with this id.
pub(super) fn by_id(id: &str) -> Result<Reference, Problem> {
    let id = read_id(CUSTOMER_ID, id).ok_or_else(Problem::unknown_customer)?;
    Ok(Reference::Id(CustomerId(id)))
}

/// The customer that a path and a query name. All that they say must name the same.
async fn named(
    app: &App,
    tenant: TenantRef,
    in_path: Option<String>,
    parameters: &mut Parameters,
) -> Result<Reference, Problem> {
    let mut text = |name| parameters.text(name).map(|text| text.filter(|text| !text.is_empty()));
    let (in_query, external) = (text("id")?, text("external_customer_id")?);
    let differs = |name| Problem::parameter(name, "must name the same customer");
    if let (Some(path), Some(query)) = (&in_path, &in_query)
        && path != query
    {
        return Err(differs("id"));
    }
    match (in_path.or(in_query), external) {
        (None, None) => Err(Problem::parameter("id", "or external_customer_id must be there")),
        (Some(id), None) => by_id(&id),
        (None, Some(external)) => reference::external(&external),
        (Some(id), Some(external)) => {
            let reference = by_id(&id)?;
            let (found, _) = find(app, tenant, &reference::external(&external)?).await?;
            let same = reference == Reference::Id(CustomerId(found));
            if same { Ok(reference) } else { Err(differs("external_customer_id")) }
        }
    }
}

fn is_absent(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_null)
}

/// Names the customer above by its id, where the request names it by its external id.
async fn name_parent(app: &App, sent: &mut VendorRequest) -> Result<(), Problem> {
    let tenant = sent.request.context.caller.tenant();
    let Some(external) = sent.body.remove(PARENT_EXTERNAL).filter(|value| !value.is_null()) else {
        return Ok(());
    };
    let refused = |asked: &'static str| Violation::invalid(asked).under(PARENT_EXTERNAL).into();
    if !is_absent(sent.body.get(PARENT)) {
        return Err(refused("can't be combined with parent_customer_id"));
    }
    let Value::String(external) = external else { return Err(refused("must be a string")) };
    let parent = if external.is_empty() {
        String::new()
    } else {
        let unknown = || refused("must be the external id of a customer");
        let reference = reference::external(&external).map_err(|_| unknown())?;
        let parent = app.store.customer(tenant, &reference).await?.ok_or_else(unknown)?;
        show_id(CUSTOMER_ID, parent.id)
    };
    sent.body.insert(PARENT.to_owned(), Value::String(parent));
    Ok(())
}
