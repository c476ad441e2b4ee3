//! Read models as JSON.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use store::projections::rebuild::{Comparison, Difference};
use store::projections::{self, Status};
use uuid::Uuid;

/// All read models.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Projections {
    /// The read models, by name.
    items: Vec<Projection>,
}

/// A read model: the rows that the log comes to, for one kind of question.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Projection {
    /// Its name.
    name: String,
    /// The version of its logic that this instance has; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    logic_version: Option<i32>,
    /// Whether its live rows were made by another version of the logic. This instance doesn't bring
    /// those up to date: it has to be rebuilt.
    outdated: bool,
    /// How many events the live rows are behind the log.
    lag_events: i64,
    /// For how long the oldest of these events has been stored, in seconds.
    lag_seconds: f64,
    /// How many customers the live rows no longer follow.
    parked_streams: i64,
    /// Its generations, oldest first.
    generations: Vec<Generation>,
}

/// One set of a read model's rows.
#[derive(Debug, JsonSchema, Serialize)]
struct Generation {
    /// Its number, from 1.
    generation: i32,
    /// `building`, `live`, `retired` (it was live, and can be so again) or `cancelled`.
    state: String,
    /// What is being done while it is built: `loading`, `indexing`, `following` or `comparing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// The version of the logic that makes its rows.
    logic_version: i32,
    /// How many events it is behind the log. One that is retired stays where it is.
    lag_events: i64,
    /// For how long the oldest of these events has been stored, in seconds.
    lag_seconds: f64,
    /// How many customers it no longer follows.
    parked_streams: i64,
    /// How far it is loaded; absent unless that is being done.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<Load>,
    /// How its rows compared with those that were live; absent when they weren't compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Compared>,
    /// Why it was given up; absent when it wasn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// When it was begun.
    #[serde(serialize_with = "time")]
    created_at: DateTime<Utc>,
    /// When something was last done to it.
    #[serde(serialize_with = "time")]
    changed_at: DateTime<Utc>,
}

/// How far a generation is loaded.
#[derive(Debug, JsonSchema, Serialize)]
struct Load {
    /// How many workers it is loaded by.
    workers: i16,
    /// Events that are loaded.
    events_done: i64,
    /// Events that are to be loaded.
    events_total: i64,
    /// How many were loaded a second since it was begun; absent before the first are.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_per_second: Option<f64>,
    /// How many seconds the others take at that rate; absent before the first are loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<f64>,
}

/// How a new generation's rows compared with those that were live then.
#[derive(Debug, JsonSchema, Serialize)]
struct Compared {
    /// Rows that were compared.
    rows: i64,
    /// Customers that were left out, because they were changed meanwhile.
    left_out: i64,
    /// How many customers' rows in a table differ; 0 when all are equal.
    differing: i64,
    /// The first 20 of these.
    listed: Vec<Differs>,
}

/// A customer whose rows in a table differ.
#[derive(Debug, JsonSchema, Serialize)]
struct Differs {
    /// The table.
    table: String,
    /// The customer's tenant.
    tenant_id: Uuid,
    /// The customer.
    customer_id: Uuid,
    /// How many rows of it were live.
    rows_live: i64,
    /// How many the new generation has.
    rows_rebuilt: i64,
    /// The columns that differ.
    columns: Vec<String>,
}

impl Projections {
    pub(crate) fn of(found: Vec<Status>, known: &projections::Projections) -> Self {
        let mut projections: BTreeMap<String, Projection> = BTreeMap::new();
        for status in found {
            let projection = projections
                .entry(status.name.clone())
                .or_insert_with(|| Projection::called(status.name.clone(), known));
            if status.state == "live" {
                projection.outdated = projection.logic_version != Some(status.logic_version);
                projection.lag_events = status.lag_events;
                projection.lag_seconds = status.lag_seconds;
                projection.parked_streams = status.parked;
            }
            projection.generations.push(status.into());
        }
        Self { items: projections.into_values().collect() }
    }

    /// The one called `name`.
    pub(crate) fn take(self, name: &str) -> Option<Projection> {
        self.items.into_iter().find(|projection| projection.name == name)
    }
}

impl Projection {
    fn called(name: String, known: &projections::Projections) -> Self {
        Self {
            logic_version: known.logic_version(&name),
            name,
            outdated: true,
            lag_events: 0,
            lag_seconds: 0.0,
            parked_streams: 0,
            generations: Vec::new(),
        }
    }
}

impl From<Status> for Generation {
    fn from(status: Status) -> Self {
        let load = (status.phase.as_deref() == Some("loading")).then(|| Load::of(&status));
        Self {
            generation: status.generation,
            state: status.state,
            phase: status.phase,
            logic_version: status.logic_version,
            lag_events: status.lag_events,
            lag_seconds: status.lag_seconds,
            parked_streams: status.parked,
            load,
            comparison: status.comparison.map(Compared::from),
            failure: status.failure,
            created_at: status.created_at,
            changed_at: status.changed_at,
        }
    }
}

impl Load {
    fn of(status: &Status) -> Self {
        let rate = status.load_rate();
        Self {
            workers: status.workers,
            events_done: status.events_done,
            events_total: status.events_total,
            events_per_second: rate.map(|rate| rate.events_per_second),
            seconds_left: rate.map(|rate| rate.seconds_left),
        }
    }
}

impl From<Comparison> for Compared {
    fn from(comparison: Comparison) -> Self {
        let Comparison { rows, left_out, differing, listed } = comparison;
        Self { rows, left_out, differing, listed: listed.into_iter().map(Differs::from).collect() }
    }
}

impl From<Difference> for Differs {
    fn from(difference: Difference) -> Self {
        let Difference { table_name, tenant_id, customer_id, rows_live, rows_rebuilt, columns } =
            difference;
        Self { table: table_name, tenant_id, customer_id, rows_live, rows_rebuilt, columns }
    }
}

/// A time as all answers have it.
pub(crate) fn time<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}
