//! Replays a parked stream from where it stopped.

use domain::upcast::Upcasters;
use sqlx::{Connection as _, FromRow, PgConnection, query_as, query_scalar};

use super::advance::{BATCH_TIMEOUT, Follower, Stream};
use super::pace::Paces;
use super::state_cache::{StateCache, states_before};
use crate::error::{StoreError, timed_out};
use crate::log::customer_stream;
use crate::model::StreamKey;
use crate::projections::fold::{LoggedEvent, StreamStop};
use crate::projections::generation::Generation;
use crate::projections::projection::Projection;

/// The maximum of events replayed in a transaction.
const PAGE: i64 = 1_024;

/// The factor by which a page shrinks after one that took too long.
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

/// The result of resuming a parked stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unparked {
    /// It was resumed. This many events were applied.
    Applied(i64),
    /// It stopped again, at this event of the customer. The events before it were applied.
    StoppedAt(i64),
    /// It is not parked, or not in a generation that this version follows. Nothing was changed.
    NotParked,
}

/// The result of a page.
enum Replayed {
    /// This many events were applied, and there are more.
    Part(i64),
    /// This many events were applied, and the stream was resumed.
    Whole(i64),
    StoppedAt(i64),
    NotParked,
}

/// Applies the events of a parked customer up to the generation's checkpoint, page by page. Each
/// page is a transaction that locks the checkpoint. After a slow page, the next is smaller. A
/// cancelled replay leaves the stream parked at the first event that was not applied.
pub(crate) async fn replay(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    projection: &'static dyn Projection,
    number: i32,
    key: &StreamKey,
) -> Result<Unparked, StoreError> {
    let generation = Generation { projection, number };
    let remembered = StateCache::default();
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
    key: &StreamKey,
    remembered: &StateCache,
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
    // One more event than is applied: the start of the next page.
    let mut events =
        page(&mut transaction, key, before, position, page_max.saturating_add(1)).await?;
    let more = i64::try_from(events.len()).is_ok_and(|count| count > page_max);
    let next = if more { events.pop() } else { None };
    let applied = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let (partition, wanted) = (key.partition, [(*key, before)]);
    let known = Some(remembered);
    let mut before = states_before(&mut transaction, upcasters, known, partition, &wanted).await?;
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
        let stop =
            StreamStop { sequence, position, event_type: next.event_type, failure, timed_out };
        generation.park(&mut transaction, key, &stop).await?;
        Replayed::Part(applied)
    } else {
        generation.unpark(&mut transaction, key).await?;
        Replayed::Whole(applied)
    };
    transaction.commit().await?;
    Ok(replayed)
}

/// Locks the checkpoint, so that the generation is not moved, and reads where the stream stopped.
async fn hold(
    connection: &mut PgConnection,
    generation: &Generation,
    key: &StreamKey,
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
    // A separate statement sees what was committed while waiting for the lock.
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

/// The customer's next events up to `position` in its partition.
async fn page(
    connection: &mut PgConnection,
    key: &StreamKey,
    after: i64,
    position: i64,
    limit: i64,
) -> sqlx::Result<Vec<LoggedEvent>> {
    query_as(
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
    .await
}
