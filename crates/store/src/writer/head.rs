//! The head of a partition: reads it, catches up with it, and finds out after a lost connection
//! whether a batch was stored.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::time::{Instant, sleep};

use super::batch::Batch;
use super::cache::{Head, WriterCache, WriterGroup};
use crate::clock::Clock;
use crate::connections::{Connections, PooledConnection};
use crate::error::{StoreError, timed_out};
use crate::partition::Partition;

/// How long a writer tries to find out whether a batch was stored.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause between two tries.
const RESOLVE_PAUSE: Duration = Duration::from_millis(100);
/// With more events of other writers than this, the writer drops its cache.
const CATCH_UP_MAX: i64 = 1_000;

/// Locks the head until the end of the transaction. This is a statement of its own: a statement
/// that waited for the lock would read data from before the wait.
pub(crate) async fn lock(connection: &mut PgConnection, partition: Partition) -> sqlx::Result<()> {
    query("begin").execute(&mut *connection).await?;
    query("select position from log_heads where partition = $1 for update")
        .bind(partition.number())
        .fetch_all(connection)
        .await?;
    Ok(())
}

/// Brings the cache to the current head.
pub(crate) async fn catch_up(
    connection: &mut PgConnection,
    partition: Partition,
    cache: Option<WriterCache>,
    group: &WriterGroup,
) -> Result<WriterCache, StoreError> {
    let (head, clock) = read(connection, partition).await?;
    let Some(mut cache) = cache else { return Ok(WriterCache::new(head, clock, group)) };
    let missed = head.position.saturating_sub(cache.head.position);
    // A different fence means that an append was lost or states were rebuilt, so the cache may be
    // wrong.
    if !(0..=CATCH_UP_MAX).contains(&missed) || head.fence != cache.head.fence {
        return Ok(WriterCache::new(head, clock, group));
    }
    let touched: Vec<String> = query_scalar(
        "select distinct aggregate_id from events
          where partition = $1 and position > $2 and position <= $3",
    )
    .bind(partition.number())
    .bind(cache.head.position)
    .bind(head.position)
    .fetch_all(connection)
    .await?;
    for aggregate in touched {
        match aggregate.split_once('/') {
            Some((tenant, customer)) => {
                if let (Ok(tenant), Ok(customer)) = (tenant.parse(), customer.parse()) {
                    cache.customers.remove(&(tenant, customer));
                }
            }
            None => {
                if let Ok(tenant) = aggregate.parse() {
                    cache.tenants.remove(&tenant);
                }
            }
        }
    }
    (cache.head, cache.clock) = (head, clock);
    Ok(cache)
}

async fn read(
    connection: &mut PgConnection,
    partition: Partition,
) -> Result<(Head, Clock), StoreError> {
    type HeadRow = (i64, Vec<u8>, DateTime<Utc>, i64, DateTime<Utc>);
    let (position, hash, recorded_at, fence, now): HeadRow = query_as(
        "select position, hash, recorded_at, fence, clock_timestamp()
           from log_heads where partition = $1",
    )
    .bind(partition.number())
    .fetch_one(connection)
    .await?;
    let hash =
        hash.try_into().map_err(|_| StoreError::unreadable("a head", "the hash isn't 32 bytes"))?;
    Ok((Head { position, hash, recorded_at, fence }, Clock::reported(now)))
}

/// Whether the head has not moved.
pub(crate) async fn unmoved(
    connection: &mut PgConnection,
    partition: Partition,
    base: &Head,
) -> sqlx::Result<bool> {
    let head: (i64, i64) = query_as("select position, fence from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(connection)
        .await?;
    Ok(head == (base.position, base.fence))
}

/// Finds out whether a batch whose answer was lost is in the log.
///
/// Raising the fence waits for the head's lock. So a running transaction has ended, and one that
/// has not begun will be rejected: what is not in the log now never will be. A batch without events
/// counts as not stored; when it is decided again, it finds its own answers under their keys.
pub(crate) async fn stored_after_all(
    connections: &Connections,
    connection: PooledConnection,
    batch: &Batch,
) -> Result<(bool, PooledConnection), sqlx::Error> {
    // The broken connection is dropped first: its permit must not be held while waiting for
    // another.
    drop(connection);
    connections.forget_idle();
    let until = Instant::now() + RESOLVE_TIMEOUT;
    loop {
        let tried = async {
            let mut connection = connections.take().await?;
            let stored = look(&mut connection, batch).await?;
            Ok((stored, connection))
        };
        let tried = tokio::time::timeout_at(until, tried).await.map_err(|_| timed_out());
        match tried.and_then(|tried| tried) {
            Ok(found) => return Ok(found),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => sleep(RESOLVE_PAUSE).await,
        }
    }
}

async fn look(connection: &mut PgConnection, batch: &Batch) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    query("update log_heads set fence = fence + 1 where partition = $1")
        .bind(batch.partition.number())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let Some(last) = batch.events.last() else { return Ok(false) };
    let hash: Option<Vec<u8>> =
        query_scalar("select hash from events where partition = $1 and position = $2")
            .bind(batch.partition.number())
            .bind(batch.head.position)
            .fetch_optional(connection)
            .await?;
    Ok(hash.is_some_and(|hash| hash == last.hash))
}
