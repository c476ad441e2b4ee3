//! The feed: a tenant's events in the order of the log.

use domain::CustomerId;
use sqlx::{FromRow as _, PgConnection, query, query_as};

use super::page::{Part, View, head, hold, page_bytes};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::{Recorded, TenantRef};
use crate::queries::scope::as_tenant;

/// The maximum of positions read for one part of the feed.
const WINDOW: i64 = 5_000;

/// A query of the feed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FeedQuery {
    /// Events after this position of the tenant's partition; nothing for events after now.
    pub after: Option<i64>,
    /// Only events of this customer.
    pub customer: Option<CustomerId>,
    /// Only events with this name.
    pub event_type: Option<String>,
    /// The maximum.
    pub limit: u16,
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedPart {
    /// The events, oldest first.
    pub items: Vec<Recorded>,
    /// The position up to which the log was read: the next part begins here.
    pub until: i64,
    /// Whether this is the end of the log.
    pub caught_up: bool,
}

/// The tenant's next events; nothing if the log has not reached the start.
///
/// They are read from the log itself. Positions have no gaps and are assigned under the head's
/// lock, so a reader at a position has missed nothing before it.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn feed(
    connection: &mut PgConnection,
    tenant: TenantRef,
    asked: &FeedQuery,
) -> Result<Option<FeedPart>, StoreError> {
    let Some(after) = asked.after else {
        let head = head(connection, tenant.partition).await?;
        return Ok(Some(FeedPart { items: Vec::new(), until: head, caught_up: true }));
    };
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::AuditEntries).await?;
    let (after, until, head): (i64, i64, i64) =
        query_as(r#"select "after", "until", head from feed_span($1, $2, $3, $4)"#)
            .bind(tenant.partition.number())
            .bind(tenant.id.0)
            .bind(after)
            .bind(WINDOW)
            .fetch_one(&mut *transaction)
            .await?;
    if asked.after.is_some_and(|after| after > head) {
        transaction.rollback().await?;
        return Ok(None);
    }
    let rows = if after < until {
        query(
            "select nullif(split_part(aggregate_id, '/', 2), '')::uuid as customer_id,
                    sequence as version, position, recorded_at, event_type, event_version,
                    payload::text as payload, metadata::text as metadata, listed
               from (select l.*, count(*) over () as listed,
                            sum(bytes) over (order by position) - bytes as before
                       from (select *, text_bytes(payload) as bytes
                               from events
                              where partition = $1 and position > $2 and position <= $3
                                and tenant_id = $4
                                and ($5::text is null
                                     or aggregate_id = $5 and aggregate_type = 'customer')
                                and ($6::text is null or event_type = $6)
                              order by position
                              limit $7) as l) as l
              where before < $8
              order by position",
        )
        .bind(tenant.partition.number())
        .bind(after)
        .bind(until)
        .bind(tenant.id.0)
        .bind(asked.customer.map(|customer| customer_stream(tenant.id, customer)))
        .bind(&asked.event_type)
        .bind(i64::from(asked.limit))
        .bind(page_bytes())
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?
    } else {
        Vec::new()
    };
    transaction.rollback().await?;
    let Part { rows, cut } = Part::of(&rows, |row| Ok((Recorded::from_row(row)?, ())))?;
    let items: Vec<_> = rows.into_iter().map(|(event, ())| event).collect();
    let full = cut || items.len() >= usize::from(asked.limit);
    let until = items.last().filter(|_| full).map_or(until, |last| last.position);
    Ok(Some(FeedPart { items, until, caught_up: until >= head }))
}
