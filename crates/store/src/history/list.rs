//! The tenant's customers as they were known at an instant.

use chrono::{DateTime, Duration, Utc};
use domain::CustomerId;
use domain::upcast::Upcasters;
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, PgConnection, Row as _, query, query_scalar};
use uuid::Uuid;

use super::past::{current, states};
use crate::entry::Entry;
use crate::error::StoreError;
use crate::projections::Key;
use crate::projections::customer_list::labels::label;
use crate::projections::customer_list::was_so;
use crate::queries::{After, Between, Current, CustomerQuery, Page, View, as_tenant, position};
use crate::writer::submission::TenantRef;

/// How many customers one page looks at: what they were has to be found out for each.
const LOOKED_AT_MAX: usize = 1_000;

/// The customers that were so at `instant` as is asked for, in the order of their registration.
///
/// Those who ask for what is rare get a page that isn't full, and yet isn't the last.
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
    let at_once = i32::from(asked.limit) + 1;
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let position = position(&mut transaction, tenant.partition, View::CustomerList).await?;
    transaction.rollback().await?;
    let (mut found, mut looked_at, mut after) = (Vec::new(), 0, asked.after.clone());
    loop {
        let listed =
            registered(connection, tenant, asked, instant, after.as_ref(), at_once).await?;
        let last = listed.len() < usize::try_from(at_once).unwrap_or(usize::MAX);
        looked_at += listed.len();
        after = listed.last().map(|(_, after)| after.clone());
        let (now, keys): (Vec<_>, Vec<_>) = listed.into_iter().unzip();
        let then = then(connection, upcasters, tenant, now, instant).await?;
        for (customer, key) in then.into_iter().zip(keys) {
            if matches(tenant, &customer, asked)? {
                found.push((customer, key));
            }
        }
        if last || found.len() > usize::from(asked.limit) || looked_at >= LOOKED_AT_MAX {
            let mut page = Page::of(found, asked.limit, position);
            page.next = page.next.or(after.filter(|_| !last));
            return Ok(page);
        }
    }
}

/// Customers that had been registered by `instant`, as they are now, and where each stands in the list.
async fn registered(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &CustomerQuery,
    instant: DateTime<Utc>,
    after: Option<&After>,
    limit: i32,
) -> Result<Vec<(Current, After)>, StoreError> {
    let Between { from, until } = asked.created;
    let by_then = instant + Duration::microseconds(1);
    let until = until.map_or(by_then, |until| until.min(by_then));
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let rows = query(
        "select c.customer_id as id, c.version, c.state::text as state,
                c.created_at, c.created_by, c.updated_at, c.updated_by, l.sort_key
           from list_customers($1, 'created_at', $3, null, null, $4, $5, null, null, $6, $7, $8)
                with ordinality as l(customer_id, sort_key, nth)
           join customers as c on c.partition = $1 and c.tenant_id = $2
                              and c.customer_id = l.customer_id
          order by l.nth
          limit $8",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(asked.descending)
    .bind(from)
    .bind(until)
    .bind(after.map(|after| after.key.as_str()))
    .bind(after.map(|after| after.id))
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let listed = |row: &PgRow| {
        let current = Current::from_row(row)?;
        let after = After { key: row.try_get("sort_key")?, id: current.id };
        Ok((current, after))
    };
    Ok(rows.iter().map(listed).collect::<sqlx::Result<_>>()?)
}

/// What customers that are `now` so were at `instant`.
async fn then(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    mut now: Vec<Current>,
    instant: DateTime<Utc>,
) -> Result<Vec<Current>, StoreError> {
    let changed: Vec<Uuid> = now
        .iter()
        .filter(|customer| customer.envelope.updated_at > instant)
        .map(|customer| customer.id)
        .collect();
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
    for customer in now.iter_mut().filter(|customer| customer.envelope.updated_at > instant) {
        if let Some(state) = states.next() {
            *customer = current(customer.id, state?)?;
        }
    }
    Ok(now)
}

/// Whether a customer is as is asked for.
fn matches(
    tenant: TenantRef,
    customer: &Current,
    asked: &CustomerQuery,
) -> Result<bool, StoreError> {
    let Between { from, until } = asked.updated;
    let at = customer.envelope.updated_at;
    if from.is_some_and(|from| at < from) || until.is_some_and(|until| at >= until) {
        return Ok(false);
    }
    if asked.filters.is_empty() && asked.search.is_none() {
        return Ok(true);
    }
    let TenantRef { id, partition } = tenant;
    let key = Key { partition, tenant: id, customer: CustomerId(customer.id) };
    let labels: Vec<_> =
        asked.filters.iter().map(|(field, value)| label(id, field, value)).collect();
    let envelope = Some(customer.envelope.clone());
    let entry = Entry { state: customer.read()?, version: customer.version, envelope };
    was_so(&key, &entry, &labels, asked.search.as_ref())
        .map_err(|error| StoreError::unreadable("a customer's state", error))
}
