//! Which generations of projections there are, and how they are doing.

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
    /// Which of its generations, from 1.
    pub generation: i32,
    /// `building`, `live`, `retired` or `cancelled`.
    pub state: String,
    /// Of one that is being built: `loading`, `indexing`, `following` or `comparing`.
    pub phase: Option<String>,
    /// The version of the logic that made its rows.
    pub logic_version: i32,
    /// How many workers load it; 0 when it wasn't loaded.
    pub workers: i16,
    /// How many events are loaded.
    pub events_done: i64,
    /// How many events are to be loaded.
    pub events_total: i64,
    /// How many events it is behind the log, in all partitions. A retired one isn't moved on.
    pub lag_events: i64,
    /// How long the oldest of these has been stored, in seconds; 0 when there are none.
    pub lag_seconds: f64,
    /// How many customers' streams are parked in it.
    pub parked: i64,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
    /// How it compared with the live one, before it took its place.
    pub comparison: Option<Comparison>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last came to another state or phase, or had a part of it loaded.
    pub changed_at: DateTime<Utc>,
}

/// How fast a generation is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadRate {
    /// Events loaded a second, since the generation was begun.
    pub events_per_second: f64,
    /// Seconds that the others take at this rate.
    pub seconds_left: f64,
}

impl Status {
    /// How fast it is loaded; nothing before any of it is.
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
struct Row {
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

/// All generations, at most 1,000, by name and number. The connection works as
/// [`Role::Projector`](crate::Role).
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn list(connection: &mut PgConnection) -> Result<Vec<Status>, StoreError> {
    let rows: Vec<Row> = query_as(
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

impl From<Row> for Status {
    fn from(row: Row) -> Self {
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
