//! Replaying a parked stream from where it stopped.

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;
use sqlx::{Connection as _, FromRow, PgConnection, query_as, query_scalar};

use super::advance::{BATCH_TIMEOUT, Follower, Stream};
use super::pace::Paces;
use super::standings::{Standings, standings};
use crate::error::{StoreError, timed_out};
use crate::log::customer_stream;
use crate::projections::fold::{Logged, Stop};
use crate::projections::generation::Generation;
use crate::projections::{Key, Projection, Unparked};

/// Events replayed in one transaction, at most.
const PAGE: i64 = 1_024;

/// After a page that took too long the next one is this many times smaller.
const SHRINK: i64 = 8;

/// A generation's checkpoint, and where the stream stopped.
#[derive(FromRow)]
struct Stopped {
    live: bool,
    position: i64,
    sequence: i64,
    failure: String,
    timed_out: bool,
}

/// What a page came to.
enum Replayed {
    /// So many events were applied, and there are more.
    Part(i64),
    /// So many events were applied, and the stream goes on with the others.
    Whole(i64),
    StoppedAt(i64),
    NotParked,
}

/// Applies the events of a customer that is parked in a generation up to that one's checkpoint, page by
/// page. Each page is a transaction that holds the checkpoint; after one that took too long the next is
/// smaller. A replay that is broken off leaves the stream parked at the first event that isn't applied.
pub(crate) async fn replay(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    projection: &'static dyn Projection,
    number: i32,
    key: &Key,
) -> Result<Unparked, StoreError> {
    let generation = Generation { projection, number };
    let remembered = Standings::default();
    let (mut page_max, mut applied) = (PAGE, 0_i64);
    loop {
        let page =
            replay_page(&mut *connection, upcasters, &generation, key, &remembered, page_max);
        let replayed = tokio::time::timeout(BATCH_TIMEOUT, page).await;
        match replayed.unwrap_or_else(|_| Err(timed_out().into())) {
            Ok(Replayed::Part(events)) => applied = applied.saturating_add(events),
            Ok(Replayed::Whole(events)) => {
                return Ok(Unparked::Applied(applied.saturating_add(events)));
            }
            Ok(Replayed::StoppedAt(sequence)) => return Ok(Unparked::StoppedAt(sequence)),
            Ok(Replayed::NotParked) => return Ok(Unparked::NotParked),
            Err(error) if error.took_too_long() && page_max > 1 => {
                page_max = page_max.checked_div(SHRINK).unwrap_or(1).max(1);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Applies up to `page_max` events, in one transaction.
async fn replay_page(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    generation: &Generation,
    key: &Key,
    remembered: &Standings,
    page_max: i64,
) -> Result<Replayed, StoreError> {
    let mut transaction = connection.begin().await?;
    let stopped = hold(&mut transaction, generation, key).await?;
    let Some(Stopped { live, position, sequence, failure, timed_out }) = stopped else {
        transaction.rollback().await?;
        return Ok(Replayed::NotParked);
    };
    let Generation { projection, number } = *generation;
    let (projections, paces) = ([projection], Paces::new(BATCH_TIMEOUT));
    let (paces, only) = (&paces, Some(number));
    let follower = Follower { upcasters, remembered, paces, projections: &projections, only };
    let before = sequence.saturating_sub(1);
    // One more than is applied says where the next page begins.
    let mut events =
        page(&mut transaction, key, before, position, page_max.saturating_add(1)).await?;
    let more = i64::try_from(events.len()).is_ok_and(|count| count > page_max);
    let next = if more { events.pop() } else { None };
    let applied = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let (partition, wanted) = (key.partition, [(*key, before)]);
    let known = Some(remembered);
    let mut before = standings(&mut transaction, upcasters, known, partition, &wanted).await?;
    if let Some(before) = before.pop() {
        let stream = Stream { key: *key, before, events };
        if !live {
            generation.enter(&mut transaction).await?;
        }
        let stops = follower.store_parts(&mut transaction, projection, vec![&stream]).await?;
        generation.leave(&mut transaction).await?;
        if let Some((key, stop)) = stops.first() {
            generation.park(&mut transaction, key, stop).await?;
            transaction.commit().await?;
            return Ok(Replayed::StoppedAt(stop.sequence));
        }
    }
    let replayed = if let Some(next) = next {
        let (sequence, position) = (next.sequence, next.position);
        let stop = Stop { sequence, position, event_type: next.event_type, failure, timed_out };
        generation.park(&mut transaction, key, &stop).await?;
        Replayed::Part(applied)
    } else {
        generation.unpark(&mut transaction, key).await?;
        Replayed::Whole(applied)
    };
    transaction.commit().await?;
    Ok(replayed)
}

/// Holds the checkpoint, so that nobody moves the generation on, and says where the stream stopped.
async fn hold(
    connection: &mut PgConnection,
    generation: &Generation,
    key: &Key,
) -> Result<Option<Stopped>, StoreError> {
    let held: Option<i64> = query_scalar(
        "select position
           from checkpoints
          where partition = $1 and projection = $2 and generation = $3
            for update",
    )
    .bind(key.partition.number())
    .bind(generation.projection.name())
    .bind(generation.number)
    .fetch_optional(&mut *connection)
    .await?;
    if held.is_none() {
        return Ok(None);
    }
    // A statement of its own sees what was committed while the lock was waited for.
    Ok(query_as(
        "select p.state = 'live' as live, k.position, s.sequence, s.failure, s.timed_out
           from checkpoints as k
           join projections as p on p.name = k.projection and p.generation = k.generation
           join parked_streams as s on s.partition = k.partition and s.projection = k.projection
                                   and s.generation = k.generation
          where k.partition = $1 and k.projection = $2 and k.generation = $3
            and s.tenant_id = $4 and s.customer_id = $5 and p.logic_version = $6
            and (p.state = 'live' or p.phase in ('following', 'comparing'))",
    )
    .bind(key.partition.number())
    .bind(generation.projection.name())
    .bind(generation.number)
    .bind(key.tenant.0)
    .bind(key.customer.0)
    .bind(generation.projection.logic_version())
    .fetch_optional(connection)
    .await?)
}

#[derive(FromRow)]
struct Row {
    sequence: i64,
    position: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
}

/// The customer's next events that are not after `position` in its partition.
async fn page(
    connection: &mut PgConnection,
    key: &Key,
    after: i64,
    position: i64,
    limit: i64,
) -> sqlx::Result<Vec<Logged>> {
    let rows: Vec<Row> = query_as(
        "select sequence, position, event_type, event_version, payload::text as payload,
                metadata::text as metadata, recorded_at
           from events
          where aggregate_type = 'customer' and aggregate_id = $1 and partition = $2
            and sequence > $3 and position <= $4
          order by sequence
          limit $5",
    )
    .bind(customer_stream(key.tenant, key.customer))
    .bind(key.partition.number())
    .bind(after)
    .bind(position)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Logged::from).collect())
}

impl From<Row> for Logged {
    fn from(row: Row) -> Self {
        let Row { sequence, position, event_type, event_version, payload, metadata, recorded_at } =
            row;
        Self { sequence, position, event_type, event_version, payload, metadata, recorded_at }
    }
}
