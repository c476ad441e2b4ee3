//! The audit: a tenant's events by who, when, how, why and what.

mod asked;
mod found;

use sqlx::{FromRow as _, PgConnection, query, query_scalar};

use self::asked::PositionRange;
pub use self::asked::{AuditConditions, AuditQuery};
use self::found::list;
use super::page::{After, Page, Part, View, head, hold, page_bytes, position};
use crate::error::StoreError;
use crate::model::{Recorded, TenantRef};
use crate::queries::customers::Between;
use crate::queries::scope::as_tenant;

/// The tenant's matching events: its own and its customers'.
///
/// A page may have fewer events than its limit and still be followed by another. With the oldest
/// first, there is always a next page: it shows later events. Nothing if the log has not reached
/// the start of the page.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn audit(
    connection: &mut PgConnection,
    tenant: TenantRef,
    query: &AuditQuery,
) -> Result<Option<Page<Recorded>>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    for view in [View::AuditEntries, View::FieldChanges] {
        hold(&mut transaction, view).await?;
    }
    // Read before the list: the list may have advanced further, but never less.
    let reached = reached(&mut transaction, tenant, &query.asked).await?;
    // Cursors are signed, so it has a number.
    let read = query.after.as_ref().and_then(After::as_position);
    if let Some(read) = read.filter(|read| !query.descending && *read > reached)
        && read > head(&mut transaction, tenant.partition).await?
    {
        transaction.rollback().await?;
        return Ok(None);
    }
    let span = span(&mut transaction, tenant, query, (read, reached)).await?;
    let found = list(&mut transaction, tenant, query, span).await?;
    let events = events(&mut transaction, tenant, &found.positions).await?;
    transaction.rollback().await?;
    let last = events.rows.last().map(|(event, ())| event.position);
    let next = match found.next {
        _ if events.cut => last,
        Some(position) => Some(position),
        None if query.descending => None,
        None => Some(span.until.max(span.after)),
    };
    let next = next.map(After::position);
    let items = events.rows.into_iter().map(|(event, ())| event).collect();
    Ok(Some(Page { items, next, position: Some(reached) }))
}

/// The tenant's event at a position, if it is one of its own.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn event_at(
    connection: &mut PgConnection,
    tenant: TenantRef,
    position: i64,
) -> Result<Option<Recorded>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let event = events(&mut transaction, tenant, &[position]).await?.rows.pop();
    transaction.rollback().await?;
    Ok(event.map(|(event, ())| event))
}

/// The position of the read models that are needed.
async fn reached(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &AuditConditions,
) -> sqlx::Result<i64> {
    let entries = position(&mut *connection, tenant.partition, View::AuditEntries).await?;
    let entries = entries.unwrap_or_default();
    if asked.field.is_none() {
        return Ok(entries);
    }
    let fields = position(connection, tenant.partition, View::FieldChanges).await?;
    Ok(entries.min(fields.unwrap_or_default()))
}

async fn span(
    connection: &mut PgConnection,
    tenant: TenantRef,
    query: &AuditQuery,
    (read, reached): (Option<i64>, i64),
) -> sqlx::Result<PositionRange> {
    let Between { from, until } = query.asked.recorded;
    let mut span = PositionRange { after: 0, until: reached };
    for (time, is_from) in [(from, true), (until, false)] {
        let Some(time) = time else { continue };
        let before: i64 = query_scalar("select tenant_position_before($1, $2, $3)")
            .bind(tenant.partition.number())
            .bind(tenant.id.0)
            .bind(time)
            .fetch_one(&mut *connection)
            .await?;
        if is_from {
            span.after = before;
        } else {
            span.until = reached.min(before);
        }
    }
    match read {
        Some(read) if query.descending => span.until = span.until.min(read.saturating_sub(1)),
        Some(read) => span.after = span.after.max(read),
        None => {}
    }
    Ok(span)
}

/// The events at some positions, in their order, as many as fit on a page.
async fn events(
    connection: &mut PgConnection,
    tenant: TenantRef,
    positions: &[i64],
) -> sqlx::Result<Part<Recorded, ()>> {
    if positions.is_empty() {
        return Ok(Part { rows: Vec::new(), cut: false });
    }
    let rows = query(
        "select nullif(split_part(e.aggregate_id, '/', 2), '')::uuid as customer_id,
                e.sequence as version, e.position, e.recorded_at, e.event_type, e.event_version,
                e.payload::text as payload, e.metadata::text as metadata, e.listed
           from (select e.*, w.nth, count(*) over () as listed,
                        sum(e.bytes) over (order by w.nth) - e.bytes as before
                   from unnest($3::bigint[]) with ordinality as w(position, nth)
                  cross join lateral (
                        select *, text_bytes(payload) as bytes
                          from events as e
                         where e.partition = $1 and e.position = w.position and e.tenant_id = $2
                         limit 1) as e) as e
          where e.before < $4
          order by e.nth",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(positions)
    .bind(page_bytes())
    .fetch_all(connection)
    .await?;
    Part::of(&rows, |row| Ok((Recorded::from_row(row)?, ())))
}
