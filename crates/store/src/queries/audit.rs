//! The audit: a tenant's events by who, when, how and what.

use domain::CustomerId;
use sqlx::{FromRow as _, PgConnection, query, query_as, query_scalar};

use super::page::{After, Page, Part, View, head, hold, page_bytes, position};
use crate::error::StoreError;
use crate::model::{Recorded, TenantRef};
use crate::queries::customers::Between;
use crate::queries::scope::as_tenant;

/// The maximum of entries read for a page. A page with fewer matches is followed by another.
const SCAN_MAX: i32 = 2_000;

/// Conditions on an event, all of which must hold. Absent ones match any event.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditConditions {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// A changed field, as a JSON pointer.
    pub field: Option<String>,
    /// The actor.
    pub actor: Option<String>,
    /// The id of the API key.
    pub api_key: Option<String>,
    /// The event's name.
    pub event_type: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The correlation id.
    pub correlation_id: Option<String>,
    /// The surface of the request.
    pub surface: Option<String>,
    /// When it was recorded.
    pub recorded: Between,
}

/// A query of the audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditQuery {
    /// The conditions.
    pub asked: AuditConditions,
    /// Whether the newest come first.
    pub descending: bool,
    /// Only events after this position.
    pub after: Option<After>,
    /// The maximum of events.
    pub limit: u16,
}

impl AuditQuery {
    /// Whether a page may read many entries.
    pub(crate) fn is_costly(&self) -> bool {
        let AuditConditions { customer: _, recorded: _, field, .. } = &self.asked;
        let AuditConditions {
            actor, api_key, event_type, request_id, correlation_id, surface, ..
        } = &self.asked;
        let texts = [field, actor, api_key, event_type, request_id, correlation_id, surface];
        texts.into_iter().any(Option::is_some)
    }
}

/// The positions of the next page: after the first, up to the second.
#[derive(Clone, Copy, Debug)]
struct PositionRange {
    after: i64,
    until: i64,
}

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

/// Positions on a page, in its order.
struct FoundPositions {
    positions: Vec<i64>,
    /// The last position that was read; nothing if there are no more.
    next: Option<i64>,
}

async fn list(
    connection: &mut PgConnection,
    tenant: TenantRef,
    query: &AuditQuery,
    span: PositionRange,
) -> sqlx::Result<FoundPositions> {
    let AuditQuery { asked, descending, limit, .. } = query;
    let limit = i32::from(*limit);
    let customers: Vec<(i64, bool)> = query_as(
        "select position, listed
           from list_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(asked.customer.map(|customer| customer.0))
    .bind(&asked.field)
    .bind(&asked.actor)
    .bind(&asked.api_key)
    .bind(&asked.event_type)
    .bind(&asked.request_id)
    .bind(&asked.correlation_id)
    .bind(&asked.surface)
    .bind(span.after)
    .bind(span.until)
    .bind(descending)
    .bind(limit)
    .bind(SCAN_MAX)
    .fetch_all(&mut *connection)
    .await?;
    // Events of the tenant itself have no customer and no fields of one.
    let own: Vec<(i64, bool)> = if asked.customer.is_some() || asked.field.is_some() {
        Vec::new()
    } else {
        query_as(
            "select position, listed
               from list_tenant_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(tenant.partition.number())
        .bind(tenant.id.0)
        .bind(&asked.actor)
        .bind(&asked.api_key)
        .bind(&asked.event_type)
        .bind(&asked.request_id)
        .bind(&asked.correlation_id)
        .bind(&asked.surface)
        .bind(span.after)
        .bind(span.until)
        .bind(descending)
        .bind(limit)
        .bind(SCAN_MAX)
        .fetch_all(connection)
        .await?
    };
    Ok(merge([customers, own], query.descending, usize::from(query.limit)))
}

/// Merges two searches into one page. Neither is read beyond the end of the other.
fn merge(searches: [Vec<(i64, bool)>; 2], descending: bool, limit: usize) -> FoundPositions {
    let order = |position: i64| if descending { position.saturating_neg() } else { position };
    let mut positions: Vec<i64> = Vec::new();
    let mut horizon: Option<i64> = None;
    for search in searches {
        let listed = search.iter().filter(|(_, listed)| *listed);
        let listed: Vec<i64> = listed.map(|(position, _)| *position).collect();
        if let Some((last, listed_last)) = search.last()
            && (listed.len() >= limit || !listed_last)
        {
            let nearer = horizon.is_none_or(|known| order(*last) < order(known));
            horizon = if nearer { Some(*last) } else { horizon };
        }
        positions.extend(listed);
    }
    positions.sort_by_key(|position| order(*position));
    if let Some(horizon) = horizon {
        positions.retain(|position| order(*position) <= order(horizon));
    }
    let more = positions.len() > limit;
    positions.truncate(limit);
    let next = if more { positions.last().copied() } else { horizon };
    FoundPositions { positions, next }
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

#[cfg(test)]
mod tests;
