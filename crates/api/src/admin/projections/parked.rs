//! Customers whose events a read model can't apply, and how they go on.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Json;
use chrono::{DateTime, Utc};
use domain::check::Violation;
use domain::{CustomerId, TenantId};
use http::auth::Caller;
use http::context::Context;
use http::extract::{NoParameters, Path, Query};
use http::parameters::Parameters;
use http::{App, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::After;
use store::projections::{self, ParkedAt};
use uuid::Uuid;

use super::shown::time;
use super::{known, read};

/// Some of the customers that a read model no longer follows.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ParkedPage {
    /// The customers.
    items: Vec<Parked>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A customer that a generation of a read model no longer follows.
#[derive(Debug, JsonSchema, Serialize)]
struct Parked {
    /// The generation.
    generation: i32,
    /// The customer's tenant.
    tenant_id: Uuid,
    /// The customer.
    customer_id: Uuid,
    /// The version of the customer that the first event makes that isn't applied. Nor are later ones.
    version: i64,
    /// What that event is called.
    event_type: String,
    /// Why it can't be applied.
    failure: String,
    /// Since when the customer isn't followed.
    #[serde(serialize_with = "time")]
    parked_at: DateTime<Utc>,
}

/// Which customer is to go on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnparkBody {
    /// The customer's tenant.
    tenant_id: Uuid,
    /// The customer.
    customer_id: Uuid,
}

/// What became of a customer that was to go on.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Unparked {
    /// What became of it in each generation in which it was parked.
    generations: Vec<Tried>,
}

/// What became of a customer in one generation.
#[derive(Debug, JsonSchema, Serialize)]
struct Tried {
    /// The generation.
    generation: i32,
    /// Whether it stopped again, or this instance can't try.
    parked: bool,
    /// How many events were applied; absent when it stopped again.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_applied: Option<i64>,
    /// The version whose event can't be applied now; those before it were. Absent when it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
}

/// `GET /admin/projections/{name}/parked`
pub(crate) async fn list_parked(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Json<ParkedPage>, Problem> {
    let name = known(&app, &name)?;
    let list = parameters.list(&format!("/admin/projections/{name}/parked"));
    let (cursors, tenant) = (app.store.cursors().await?, caller.tenant());
    let part = parameters.part(&cursors, tenant, &list)?;
    parameters.finish()?;
    let limit = part.page_limit();
    let after = part.after.map(|after| place(&after).ok_or_else(Problem::invalid_cursor));
    let after = after.transpose()?;
    let mut found = app.store.parked(name, after, i64::from(limit.saturating_add(1))).await?;
    let more = found.len() > usize::from(limit);
    found.truncate(limit.into());
    let end = found.last().filter(|_| more).map(|end| seal(end.at()));
    let next_cursor = end.map(|end| cursors.seal(tenant.id, &list, &end));
    Ok(Json(ParkedPage { items: found.into_iter().map(Parked::from).collect(), next_cursor }))
}

/// `POST /admin/projections/{name}/unpark`
pub(crate) async fn unpark(
    State(app): State<App>,
    context: Context,
    Path(name): Path<String>,
    _: NoParameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Unparked>, Problem> {
    let name = known(&app, &name)?;
    let wanted = read(&app, &headers, body).await?;
    let wanted = wanted.ok_or_else(|| Violation::malformed("must name the customer"))?;
    let UnparkBody { tenant_id, customer_id } = wanted;
    let (tenant, customer) = (TenantId(tenant_id), CustomerId(customer_id));
    let tried = app.store.unpark(name, tenant, customer, &context.metadata).await?;
    if tried.is_empty() {
        return Err(Problem::not_parked());
    }
    let key_id = context.caller.key_id();
    tracing::info!(key_id, %customer_id, "customer {customer_id} is to go on in {name}");
    Ok(Json(Unparked { generations: tried.into_iter().map(Tried::from).collect() }))
}

/// What a cursor has of a place in the list.
fn seal(at: ParkedAt) -> After {
    let ParkedAt { generation, partition, tenant_id, customer_id } = at;
    After { key: format!("{generation}.{partition}.{tenant_id}"), id: customer_id }
}

fn place(after: &After) -> Option<ParkedAt> {
    let mut parts = after.key.split('.');
    Some(ParkedAt {
        generation: parts.next()?.parse().ok()?,
        partition: parts.next()?.parse().ok()?,
        tenant_id: parts.next()?.parse().ok()?,
        customer_id: after.id,
    })
}

impl From<projections::Parked> for Parked {
    fn from(parked: projections::Parked) -> Self {
        Self {
            generation: parked.generation,
            tenant_id: parked.tenant_id,
            customer_id: parked.customer_id,
            version: parked.sequence,
            event_type: parked.event_type,
            failure: parked.failure,
            parked_at: parked.parked_at,
        }
    }
}

impl From<(i32, projections::Unparked)> for Tried {
    fn from((generation, became): (i32, projections::Unparked)) -> Self {
        use projections::Unparked as U;
        let (parked, events_applied, version) = match became {
            U::Applied(events) => (false, Some(events), None),
            U::StoppedAt(version) => (true, None, Some(version)),
            U::NotParked => (true, None, None),
        };
        Self { generation, parked, events_applied, version }
    }
}
