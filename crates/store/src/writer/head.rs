//! Where the chain ends: reading the head, catching up with it, and finding out after a lost
//! connection whether a batch is in the log.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::time::{Instant, sleep};

use super::batch::Batch;
use super::known::{Head, Known, Sharers};
use crate::clock::Clock;
use crate::connections::{Connections, Lane};
use crate::error::{StoreError, timed_out};
use crate::partition::Partition;

/// How long a writer tries to find out what became of a batch before it answers that it can't.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries.
const RESOLVE_PAUSE: Duration = Duration::from_millis(100);
/// More foreign events than this, and the writer forgets all it holds.
const CATCH_UP_MAX: i64 = 1_000;

/// Locks the head until the end of the transaction. A statement of its own: what is read in the
/// statement that waited for the lock would be as it was before the wait.
pub(crate) async fn lock(connection: &mut PgConnection, partition: Partition) -> sqlx::Result<()> {
    query("begin").execute(&mut *connection).await?;
    query("select position from log_heads where partition = $1 for update")
        .bind(partition.number())
        .fetch_all(connection)
        .await?;
    Ok(())
}

/// What the writer knows, brought to the head as it is now.
pub(crate) async fn catch_up(
    connection: &mut PgConnection,
    partition: Partition,
    known: Option<Known>,
    sharers: &Sharers,
) -> Result<Known, StoreError> {
    let (head, clock) = read(connection, partition).await?;
    let Some(mut known) = known else { return Ok(Known::new(head, clock, sharers)) };
    let missed = head.position.saturating_sub(known.head.position);
    // Another fence says that an append was lost, or that the states were rebuilt: what is held here
    // may not be what is stored now.
    if !(0..=CATCH_UP_MAX).contains(&missed) || head.fence != known.head.fence {
        return Ok(Known::new(head, clock, sharers));
    }
    let touched: Vec<String> = query_scalar(
        "select distinct aggregate_id from events
          where partition = $1 and position > $2 and position <= $3",
    )
    .bind(partition.number())
    .bind(known.head.position)
    .bind(head.position)
    .fetch_all(connection)
    .await?;
    for aggregate in touched {
        match aggregate.split_once('/') {
            Some((tenant, customer)) => {
                if let (Ok(tenant), Ok(customer)) = (tenant.parse(), customer.parse()) {
                    known.customers.remove(&(tenant, customer));
                }
            }
            None => {
                if let Ok(tenant) = aggregate.parse() {
                    known.tenants.remove(&tenant);
                }
            }
        }
    }
    (known.head, known.clock) = (head, clock);
    Ok(known)
}

async fn read(
    connection: &mut PgConnection,
    partition: Partition,
) -> Result<(Head, Clock), StoreError> {
    type Row = (i64, Vec<u8>, DateTime<Utc>, i64, DateTime<Utc>);
    let (position, hash, recorded_at, fence, now): Row = query_as(
        "select position, hash, recorded_at, fence, clock_timestamp()
           from log_heads where partition = $1",
    )
    .bind(partition.number())
    .fetch_one(connection)
    .await?;
    let hash =
        hash.try_into().map_err(|_| StoreError::unreadable("a head", "the hash isn't 32 bytes"))?;
    Ok((Head { position, hash, recorded_at, fence }, Clock::told(now)))
}

/// Whether the head is still as the writer knows it.
pub(crate) async fn unmoved(
    connection: &mut PgConnection,
    partition: Partition,
    known: &Head,
) -> sqlx::Result<bool> {
    let head: (i64, i64) = query_as("select position, fence from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(connection)
        .await?;
    Ok(head == (known.position, known.fence))
}

/// Finds out whether a batch whose answer was lost is in the log.
///
/// Raising the fence waits for the head's lock, so a transaction that is under way has ended, and
/// shuts out one that is yet to begin: what isn't in the log now never will be. A batch without
/// events counts as not stored: decided again, it finds its own answers under their keys.
pub(crate) async fn stored_after_all(
    connections: &Connections,
    lane: Lane,
    batch: &Batch,
) -> Result<(bool, Lane), sqlx::Error> {
    // The permit must not be waited for while it is held: the broken connection goes first.
    drop(lane);
    connections.forget_idle();
    let until = Instant::now() + RESOLVE_TIMEOUT;
    loop {
        let tried = async {
            let mut lane = connections.take().await?;
            let stored = look(&mut lane, batch).await?;
            Ok((stored, lane))
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
