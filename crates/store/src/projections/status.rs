//! The generations of projections, and their state.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query_as};

use super::rebuild::Comparison;
use crate::error::StoreError;

/// Generations listed at a time.
const LISTED_MAX: i64 = 1_000;

/// A generation of a projection.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The projection.
    pub name: String,
    /// Its number, from 1.
    pub generation: i32,
    /// `building`, `live`, `retired` or `cancelled`.
    pub state: String,
    /// While it is being built: `loading`, `indexing`, `following` or `comparing`.
    pub phase: Option<String>,
    /// The version of the logic that made its rows.
    pub logic_version: i32,
    /// The number of loading workers; 0 if it was not loaded.
    pub workers: i16,
    /// The number of loaded events.
    pub events_done: i64,
    /// The number of events to load.
    pub events_total: i64,
    /// The number of events it is behind the log, in all partitions. A retired one is not moved.
    pub lag_events: i64,
    /// The age of the oldest of these, in seconds; 0 if there are none.
    pub lag_seconds: f64,
    /// The number of parked streams.
    pub parked: i64,
    /// Why it was cancelled, if it was.
    pub failure: Option<String>,
    /// The comparison with the live one before the switch.
    pub comparison: Option<Comparison>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its state or phase last changed, or a part of it was loaded.
    pub changed_at: DateTime<Utc>,
}

/// The speed of a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadRate {
    /// Events per second, since the generation was created.
    pub events_per_second: f64,
    /// The remaining seconds at this rate.
    pub seconds_left: f64,
}

impl Status {
    /// The speed of its load; nothing before anything is loaded.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a rate is never exact")]
    pub fn load_rate(&self) -> Option<LoadRate> {
        let seconds = self.changed_at.signed_duration_since(self.created_at).as_seconds_f64();
        if self.events_done <= 0 || seconds <= 0.0 {
            return None;
        }
        let events_per_second = self.events_done as f64 / seconds;
        let left = self.events_total.saturating_sub(self.events_done).max(0);
        Some(LoadRate { events_per_second, seconds_left: left as f64 / events_per_second })
    }
}

#[derive(FromRow)]
struct GenerationRow {
    name: String,
    generation: i32,
    state: String,
    phase: Option<String>,
    logic_version: i32,
    workers: i16,
    events_done: i64,
    events_total: i64,
    lag_events: i64,
    lag_seconds: f64,
    parked: i64,
    failure: Option<String>,
    differences: Option<String>,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

/// All generations, at most 1,000, by name and number. The connection has
/// [`Role::Projector`](crate::Role).
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn list(connection: &mut PgConnection) -> Result<Vec<Status>, StoreError> {
    let rows: Vec<GenerationRow> = query_as(
        "select p.name, p.generation, p.state, p.phase, p.logic_version, p.workers,
                p.events_done, p.events_total, l.lag_events, l.lag_seconds, s.parked,
                p.failure, p.differences::text as differences, p.created_at, p.changed_at
           from projections as p
          cross join lateral (
                select coalesce(sum(h.position - k.position), 0)::bigint as lag_events,
                       coalesce(extract(epoch from clock_timestamp() - min(e.recorded_at)), 0)::float8
                       as lag_seconds
                  from checkpoints as k
                  join log_heads as h on h.partition = k.partition
                  left join events as e on e.partition = k.partition
                                       and e.position = k.position + 1
                 where k.projection = p.name and k.generation = p.generation
                   and k.position < h.position) as l
          cross join lateral (
                select count(*) as parked
                  from parked_streams as s
                 where s.projection = p.name and s.generation = p.generation) as s
          order by p.name, p.generation
          limit $1",
    )
    .bind(LISTED_MAX)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Status::from).collect())
}

impl From<GenerationRow> for Status {
    fn from(row: GenerationRow) -> Self {
        let comparison = row.differences.and_then(|json| serde_json::from_str(&json).ok());
        Self {
            name: row.name,
            generation: row.generation,
            state: row.state,
            phase: row.phase,
            logic_version: row.logic_version,
            workers: row.workers,
            events_done: row.events_done,
            events_total: row.events_total,
            lag_events: row.lag_events,
            lag_seconds: row.lag_seconds,
            parked: row.parked,
            failure: row.failure,
            comparison,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}
