//! Lists of customers as of an instant.

use chrono::{DateTime, Duration, Utc};
use domain::CustomerId;
use domain::upcast::Upcasters;
use sqlx::{PgConnection, query_scalar};
use uuid::Uuid;

use super::past::{current, states};
use crate::error::StoreError;
use crate::model::{Current, StreamKey, TenantRef, Versioned};
use crate::projections::customer_list::labels::label;
use crate::projections::customer_list::was_so;
use crate::queries::{
    Between, CustomerQuery, PAGE_BYTES_MAX, Page, Part, Sort, View, as_tenant, hold, listed,
    position,
};

/// The maximum of customers that a page examines: the past state of each must be found.
const LOOKED_AT_MAX: usize = 1_000;
/// How many of them are folded at a time.
pub(super) const FOLDED_TOGETHER: usize = 50;

/// The customers that matched the query at `instant`, in the order of their registration.
///
/// A page with few matches may not be full and still be followed by another.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when an event
/// of one of them isn't understood.
pub(crate) async fn customers_at(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    asked: &CustomerQuery,
    instant: DateTime<Utc>,
) -> Result<Page<Current>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::CustomerList).await?;
    let position = position(&mut transaction, tenant.partition, View::CustomerList).await?;
    let (mut found, mut looked_at, mut bytes) = (Vec::new(), 0, 0);
    let mut registered = registered(asked, instant);
    loop {
        let Part { rows, cut } = listed(&mut transaction, tenant, &registered).await?;
        let mut last = !cut && rows.len() <= usize::from(asked.limit);
        looked_at = rows.len().saturating_add(looked_at);
        let mut rows = rows.into_iter().peekable();
        // A few at a time: past states may take more memory than current ones.
        while rows.peek().is_some() && bytes < PAGE_BYTES_MAX {
            let (now, keys): (Vec<_>, Vec<_>) = rows.by_ref().take(FOLDED_TOGETHER).unzip();
            let then = then(&mut transaction, upcasters, tenant, now, instant).await?;
            for (customer, key) in then.into_iter().zip(keys) {
                if bytes >= PAGE_BYTES_MAX {
                    last = false;
                    break;
                }
                registered.after = Some(key.clone());
                if matches(tenant, &customer, asked)? {
                    bytes = customer.state.len().saturating_add(bytes);
                    found.push((customer, key));
                }
            }
        }
        last = last && rows.peek().is_none();
        let full = found.len() > usize::from(asked.limit) || bytes >= PAGE_BYTES_MAX;
        if last || full || looked_at >= LOOKED_AT_MAX {
            transaction.rollback().await?;
            let mut page = Page::of(found, asked.limit, position);
            page.next = page.next.or(registered.after.filter(|_| !last));
            return Ok(page);
        }
    }
}

/// The end of a range of time, at most `instant`.
pub(super) fn until(asked: Option<DateTime<Utc>>, instant: DateTime<Utc>) -> DateTime<Utc> {
    let by_then = instant.checked_add_signed(Duration::microseconds(1)).unwrap_or(instant);
    asked.map_or(by_then, |until| until.min(by_then))
}

/// The customers that were registered by `instant`.
fn registered(asked: &CustomerQuery, instant: DateTime<Utc>) -> CustomerQuery {
    CustomerQuery {
        filters: Vec::new(),
        created: Between { until: Some(until(asked.created.until, instant)), ..asked.created },
        updated: Between::default(),
        search: None,
        sort: Sort::CreatedAt,
        ..asked.clone()
    }
}

/// The states at `instant` of customers whose current state is `now`.
pub(super) async fn then(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    mut now: Vec<Current>,
    instant: DateTime<Utc>,
) -> Result<Vec<Current>, StoreError> {
    let changed: Vec<Uuid> = now
        .iter()
        .filter(|customer| customer.stamp.updated_at > instant)
        .map(|customer| customer.id)
        .collect();
    if changed.is_empty() {
        return Ok(now);
    }
    let versions: Vec<i64> = query_scalar(
        "select version_at($1, $2, w.customer_id, $4)
           from unnest($3::uuid[]) with ordinality as w(customer_id, nth)
          order by w.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(&changed)
    .bind(instant)
    .fetch_all(&mut *connection)
    .await?;
    let wanted: Vec<_> = changed.into_iter().zip(versions).collect();
    let mut states = states(connection, upcasters, tenant, &wanted).await?.into_iter();
    for customer in now.iter_mut().filter(|customer| customer.stamp.updated_at > instant) {
        if let Some(state) = states.next() {
            *customer = current(customer.id, state?)?;
        }
    }
    Ok(now)
}

/// Whether a customer matches the query.
pub(super) fn matches(
    tenant: TenantRef,
    customer: &Current,
    asked: &CustomerQuery,
) -> Result<bool, StoreError> {
    let Between { from, until } = asked.updated;
    let at = customer.stamp.updated_at;
    if from.is_some_and(|from| at < from) || until.is_some_and(|until| at >= until) {
        return Ok(false);
    }
    if asked.filters.is_empty() && asked.search.is_none() {
        return Ok(true);
    }
    let TenantRef { id, partition } = tenant;
    let key = StreamKey { partition, tenant: id, customer: CustomerId(customer.id) };
    let labels: Vec<_> =
        asked.filters.iter().map(|(field, value)| label(id, field, value)).collect();
    let stamp = Some(customer.stamp.clone());
    let (state, version) = (customer.read()?, customer.version);
    let entry = Versioned { state, version, stamp, bytes_max: None };
    was_so(&key, &entry, &labels, asked.search.as_ref())
        .map_err(|error| StoreError::unreadable("a customer's state", error))
}
