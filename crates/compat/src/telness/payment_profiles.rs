//! Payment profiles, which are attached elsewhere.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use http::auth::Caller;
use http::extract::{Path, Query};
use http::parameters::{LIMIT_MAX, Parameters};
use http::{App, Problem};
use serde_json::{Value, json};
use store::{After, Between, Current, EventQuery, Page, Span, TenantRef};

use super::customers::reference;
use super::tables::PROFILE;
use crate::members::show;
use crate::reading::shown;

/// `GET /payment-profiles`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let customer = parameters.text("customerId")?;
    let asked = || Problem::parameter("customerId", "must be there");
    let current = match reference(&customer.ok_or_else(asked)?) {
        Ok(reference) => app.store.customer(caller.tenant(), &reference).await?,
        Err(_) => None,
    };
    answer(&app, caller.tenant(), current, parameters).await
}

/// `GET /customers/{id}/payment-profiles`
pub(super) async fn list_of_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let current = http::reference::find(&app, caller.tenant(), &reference(&id)?).await?;
    answer(&app, caller.tenant(), Some(current), parameters).await
}

/// A page of the customer's profiles by their ids; without a customer there are none.
async fn answer(
    app: &App,
    tenant: TenantRef,
    current: Option<Current>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let id = current.as_ref().map(|current| current.id);
    let list = format!("telness/payment-profiles?{}", id.unwrap_or_default());
    let cursors = app.store.cursors().await?;
    let part = parameters.part(&cursors, tenant, &list)?;
    let (limit, after) = (part.page_limit(), part.after);
    let Some(current) = current else { return Ok(shown(&body(&[], None), [])) };
    let document = current.to_value()?;
    let profiles = document.pointer("/payment/profiles").and_then(Value::as_array);
    let profiles: BTreeMap<&str, &Value> = profiles
        .into_iter()
        .flatten()
        .filter_map(|profile| Some((profile.get("id")?.as_str()?, profile)))
        .filter(|(id, _)| after.as_ref().is_none_or(|after| *id > after.key.as_str()))
        .collect();
    let row = |(id, profile): (&str, _)| (profile, After { key: id.to_owned(), id: current.id });
    let page = Page::of(profiles.into_iter().map(row).collect(), limit, None);
    let attached = attached(app, tenant, &current).await?;
    let items: Vec<_> = page
        .items
        .iter()
        .map(|profile| {
            let mut item = show(PROFILE, profile);
            let at = profile.get("id").and_then(Value::as_str).and_then(|id| attached.get(id));
            item.insert("createdAt".to_owned(), json!(at));
            item.insert("customerId".to_owned(), json!(current.id));
            item.insert("billingDetails".to_owned(), Value::Null);
            Value::Object(item)
        })
        .collect();
    let next = page.next.map(|after| cursors.seal(tenant.id, &list, &after));
    Ok(shown(&body(&items, next.as_deref()), [current.id]))
}

fn body(items: &[Value], next: Option<&str>) -> Value {
    json!({"items": items, "pagination": {"nextCursor": next}})
}

/// When each profile was attached, as the customer's latest events say.
async fn attached(
    app: &App,
    tenant: TenantRef,
    current: &Current,
) -> Result<BTreeMap<String, String>, Problem> {
    let span = Span {
        customer: CustomerId(current.id),
        version: current.version,
        recorded: Between::default(),
        newest_first: true,
        after: None,
        limit: LIMIT_MAX,
    };
    let types = vec!["PaymentProfileAttached".to_owned()];
    let page = app.store.events(tenant, &EventQuery { span, types }).await?;
    // The earlier ones come later, so that of a profile that was attached again the latest stays.
    let times = page.items.into_iter().rev().filter_map(|event| {
        let payload: Value = serde_json::from_str(&event.payload).ok()?;
        let id = payload.pointer("/data/id")?.as_str()?.to_owned();
        Some((id, domain::Timestamp::from(event.recorded_at).to_string()))
    });
    Ok(times.collect())
}
