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
use store::{
    After, Between, Current, CustomerQuery, EventQuery, Page, Reference, Sort, Span, TenantRef,
    View,
};
use uuid::Uuid;

use super::customers::reference;
use super::tables::PROFILE;
use crate::members::show;
use crate::reading::{self, shown};

/// What cursors of the list of all profiles are for.
const ALL: &str = "telness/payment-profiles";
/// Pages of customers that are read for one page of all profiles, at most. So it may have few profiles, or none,
/// and still a next one.
const READS_MAX: usize = 10;

/// `GET /payment-profiles`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let Some(customer) = parameters.text("customerId")? else {
        return list_all(&app, caller.tenant(), parameters).await;
    };
    let current = match reference(&customer) {
        Ok(reference) => app.store.customer(caller.tenant(), &reference).await?,
        Err(_) => None,
    };
    answer(&app, caller.tenant(), current, parameters).await
}

/// A page of the profiles of all customers, in the order in which these were registered.
async fn list_all(
    app: &App,
    tenant: TenantRef,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let cursors = app.store.cursors().await?;
    let part = parameters.part(&cursors, tenant, ALL)?;
    let begin = part.after.as_ref().map(Place::read);
    let begin = begin.map(|begin| begin.ok_or_else(Problem::invalid_cursor)).transpose()?;
    reading::settled(app, tenant, View::CustomerList).await?;
    let mut found = Found { items: Vec::new(), customers: Vec::new(), place: begin };
    let more = found.fill(app, tenant, usize::from(part.page_limit())).await?;
    let next = found.place.filter(|_| more).map(|place| place.written());
    let next = next.map(|after| cursors.seal(tenant.id, ALL, &after));
    Ok(shown(&body(&found.items, next.as_deref()), found.customers))
}

/// How far a list of all profiles has come: a customer, and the last of its profiles if it has more.
struct Place {
    customer: After,
    profile: Option<String>,
}

impl Place {
    fn written(&self) -> After {
        let Self { customer, profile } = self;
        After { key: json!([customer.key, profile]).to_string(), id: customer.id }
    }

    fn read(written: &After) -> Option<Self> {
        let (key, profile) = serde_json::from_str(&written.key).ok()?;
        Some(Self { customer: After { key, id: written.id }, profile })
    }
}

/// A page of all profiles while it is filled.
struct Found {
    items: Vec<Value>,
    customers: Vec<Uuid>,
    place: Option<Place>,
}

impl Found {
    /// Adds profiles until there are `limit`. Whether there may be more.
    async fn fill(&mut self, app: &App, tenant: TenantRef, limit: usize) -> Result<bool, Problem> {
        if let Some(Place { customer, profile: Some(_) }) = &self.place {
            let reference = Reference::Id(CustomerId(customer.id));
            if let Some(current) = app.store.customer(tenant, &reference).await? {
                self.add(app, tenant, &current, limit).await?;
            }
        }
        for _ in 0..READS_MAX {
            let asked = CustomerQuery {
                filters: Vec::new(),
                created: Between::default(),
                updated: Between::default(),
                search: None,
                sort: Sort::CreatedAt,
                descending: false,
                after: self.place.as_ref().map(|place| place.customer.clone()),
                limit: LIMIT_MAX,
            };
            let page = app.store.customers(tenant, &asked).await?;
            for current in &page.items {
                if self.items.len() >= limit {
                    return Ok(true);
                }
                self.add(app, tenant, current, limit).await?;
            }
            if self.items.len() >= limit || page.next.is_none() {
                let unseen = self.place.as_ref().is_some_and(|place| place.profile.is_some());
                return Ok(unseen || page.next.is_some());
            }
        }
        Ok(true)
    }

    /// Adds the profiles of a customer that were not there yet.
    async fn add(
        &mut self,
        app: &App,
        tenant: TenantRef,
        current: &Current,
        limit: usize,
    ) -> Result<(), Problem> {
        let document = current.to_value()?;
        let place = self.place.take().filter(|place| place.customer.id == current.id);
        let seen = place.and_then(|place| place.profile);
        let mut profiles = profiles(&document, seen.as_deref());
        let fit = limit.saturating_sub(self.items.len());
        let beyond = profiles.keys().nth(fit).copied();
        if let Some(beyond) = beyond {
            profiles.split_off(beyond);
        }
        let last = profiles.last_key_value().map(|(id, _)| (*id).to_owned());
        if !profiles.is_empty() {
            let attached = attached(app, tenant, current).await?;
            self.items.extend(profiles.values().map(|profile| item(profile, current, &attached)));
            self.customers.push(current.id);
        }
        let customer = After { key: current.created_at().to_rfc3339(), id: current.id };
        self.place = Some(Place { customer, profile: last.filter(|_| beyond.is_some()) });
        Ok(())
    }
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
    let profiles = profiles(&document, after.as_ref().map(|after| after.key.as_str()));
    let row = |(id, profile): (&str, _)| (profile, After { key: id.to_owned(), id: current.id });
    let page = Page::of(profiles.into_iter().map(row).collect(), limit, None);
    let attached = attached(app, tenant, &current).await?;
    let items: Vec<_> =
        page.items.iter().map(|profile| item(profile, &current, &attached)).collect();
    let next = page.next.map(|after| cursors.seal(tenant.id, &list, &after));
    Ok(shown(&body(&items, next.as_deref()), [current.id]))
}

/// The profiles in a customer's document by their ids, those after `seen`.
fn profiles<'a>(document: &'a Value, seen: Option<&str>) -> BTreeMap<&'a str, &'a Value> {
    let profiles = document.pointer("/payment/profiles").and_then(Value::as_array);
    profiles
        .into_iter()
        .flatten()
        .filter_map(|profile| Some((profile.get("id")?.as_str()?, profile)))
        .filter(|(id, _)| seen.is_none_or(|seen| *id > seen))
        .collect()
}

/// A profile as Connect shows it.
fn item(profile: &Value, current: &Current, attached: &BTreeMap<String, String>) -> Value {
    let mut item = show(PROFILE, profile);
    let at = profile.get("id").and_then(Value::as_str).and_then(|id| attached.get(id));
    item.insert("createdAt".to_owned(), json!(at));
    item.insert("customerId".to_owned(), json!(current.id));
    item.insert("billingDetails".to_owned(), Value::Null);
    item.into()
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
