//! Heads of partitions, and the events between two of them.

use domain::{CustomerId, TenantId};
use sqlx::{PgConnection, query_as};

use crate::error::StoreError;
use crate::model::Mark;
use crate::partition::Partition;

/// The current heads of these partitions.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn heads(
    connection: &mut PgConnection,
    partitions: Vec<i16>,
) -> Result<Vec<(Partition, Mark)>, StoreError> {
    let rows: Vec<(i16, i64, i64, Vec<u8>)> = query_as(
        "select partition, position, fence, hash from log_heads where partition = any ($1)",
    )
    .bind(partitions)
    .fetch_all(connection)
    .await?;
    let head = |(number, position, fence, hash): (i16, i64, i64, Vec<u8>)| {
        let mark = Mark { position, fence, hash: hash.try_into().ok()? };
        Some((Partition::new(number)?, mark))
    };
    Ok(rows.into_iter().filter_map(head).collect())
}

/// The customers of the events between two heads; nothing if they are not heads of the same log.
///
/// Events never change, and each hash covers all events before. So these are all missed events if none is missing,
/// the event at the earlier head has the hash known then, and the one at the later head has its hash.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn missed(
    connection: &mut PgConnection,
    partition: Partition,
    from: Mark,
    to: Mark,
) -> Result<Option<Vec<(TenantId, CustomerId)>>, StoreError> {
    let rows: Vec<(i64, Vec<u8>, String)> = query_as(
        "select position, hash, aggregate_id from events
          where partition = $1 and position >= $2 and position <= $3
          order by position",
    )
    .bind(partition.number())
    .bind(from.position)
    .bind(to.position)
    .fetch_all(connection)
    .await?;
    let mut next = from.position;
    let mut touched = Vec::with_capacity(rows.len());
    for (position, hash, aggregate) in rows {
        // A new log has no event at its head.
        if next == 0 && from.position == 0 {
            next = 1;
        }
        let known = if position == from.position {
            Some(from.hash)
        } else if position == to.position {
            Some(to.hash)
        } else {
            None
        };
        if position != next || known.is_some_and(|known| known[..] != hash[..]) {
            return Ok(None);
        }
        next = next.saturating_add(1);
        if position == from.position {
            continue;
        }
        // An event of a tenant changes no document of a customer.
        let Some((tenant, customer)) = aggregate.split_once('/') else { continue };
        let (Ok(tenant), Ok(customer)) = (tenant.parse(), customer.parse()) else {
            return Ok(None);
        };
        touched.push((tenant, customer));
    }
    Ok((next == to.position.saturating_add(1)).then_some(touched))
}
