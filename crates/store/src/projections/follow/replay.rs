//! Replaying a parked stream from where it stopped.

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;
use sqlx::{Connection as _, FromRow, PgConnection, query_as, query_scalar};

use super::advance::{Follower, Stream};
use super::standings::{Standings, standings};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::projections::fold::Logged;
use crate::projections::generation::Generation;
use crate::projections::{Key, Projection, Unparked};

/// Events replayed at once.
const PAGE: i64 = 1_024;

/// A generation's checkpoint, and where the stream stopped.
#[derive(FromRow)]
struct Stopped {
    live: bool,
    position: i64,
    sequence: i64,
}

/// Applies the events of a customer that is parked in a generation up to that one's checkpoint, which
/// is held meanwhile, in one transaction.
pub(crate) async fn replay(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    projection: &'static dyn Projection,
    number: i32,
    key: &Key,
) -> Result<Unparked, StoreError> {
    let mut transaction = connection.begin().await?;
    let generation = Generation { projection, number };
    let stopped = hold(&mut transaction, &generation, key).await?;
    let Some(Stopped { live, position, sequence }) = stopped else {
        transaction.rollback().await?;
        return Ok(Unparked::NotParked);
    };
    let remembered = Standings::default();
    let projections = [projection];
    let follower = Follower {
        upcasters,
        remembered: &remembered,
        projections: &projections,
        only: Some(number),
    };
    let before = sequence.saturating_sub(1);
    let mut applied = before;
    loop {
        let events = page(&mut transaction, key, applied, position).await?;
        let Some(last) = events.last().map(|event| event.sequence) else { break };
        let (partition, wanted) = (key.partition, [(*key, applied)]);
        let known = Some(&remembered);
        let mut before = standings(&mut transaction, upcasters, known, partition, &wanted).await?;
        let Some(before) = before.pop() else { break };
        let stream = Stream { key: *key, before, events };
        if !live {
            generation.enter(&mut transaction).await?;
        }
        let stops = follower.store_parts(&mut transaction, projection, vec![&stream]).await?;
        generation.leave(&mut transaction).await?;
        if let Some((key, stop)) = stops.first() {
            generation.park(&mut transaction, key, stop).await?;
            transaction.commit().await?;
            return Ok(Unparked::StoppedAt(stop.sequence));
        }
        applied = last;
    }
    generation.unpark(&mut transaction, key).await?;
    transaction.commit().await?;
    Ok(Unparked::Applied(applied.saturating_sub(before)))
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
        "select p.state = 'live' as live, k.position, s.sequence
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
    .bind(PAGE)
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
