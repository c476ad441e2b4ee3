//! Every metric: its kind and what it means. A test compares the names with those in docs/operations.md.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// How a metric is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It grows and shrinks.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A metric of `/metrics`.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// How it is measured.
    pub kind: Kind,
    /// What it means, as `# HELP` says.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($kind:ident $name:literal $help:literal)+) => {
        /// The metrics that are measured by the library. Those of the process come beside them.
        pub const METRICS: &[Metric] =
            &[$(Metric { name: $name, kind: Kind::$kind, help: $help }),+];
    };
}

metrics! {
    Gauge "dossier_build_info" "1, for the version of the program and of the schema that it needs."
    Histogram "http_server_request_duration_seconds" "Duration of requests, by method, route and status."
    Counter "dossier_commands_total" "Commands that were answered, by command and result."
    Histogram "dossier_command_seconds" "From queueing a command to its answer, by command."
    Gauge "dossier_commands_waiting" "Commands in all queues."
    Counter "dossier_commands_turned_away_total" "Commands refused because a queue was full, by command and queue."
    Gauge "dossier_requests_under_way" "Requests that are waiting, handled, or not fully sent."
    Gauge "dossier_unsent_bytes" "Bytes of large answers and streams that clients have not read yet."
    Histogram "dossier_batch_size" "Commands decided together."
    Histogram "dossier_commit_seconds" "From sending a batch to its commit."
    Counter "dossier_append_races_lost_total" "Appends that another instance preceded."
    Counter "dossier_key_lookups_total" "Lookups of API keys in the database."
    Counter "dossier_reads_from_memory_total" "Reads of customers by id that were answered from memory."
    Counter "dossier_authentication_failures_total" "Requests that got a 401."
    Counter "dossier_read_records_failed_total" "Failed attempts to store records of reads."
    Gauge "dossier_database_connections" "Database connections of a kind, by state: used or idle."
    Gauge "dossier_database_connections_max" "Database connections of a kind, at most."
    Gauge "dossier_database_connections_waiting" "Reads or batches that wait for a connection of a kind."
    Gauge "dossier_replica_serves" "1 if reads may use the replica, 0 if it is left out."
    Gauge "dossier_replica_lag_seconds" "How long the replica last took to show what the primary showed."
    Counter "dossier_replica_reads_total" "Reads that the replica may answer, by the server that answered."
    Gauge "dossier_projection_lag_events" "Events by which the live rows of a read model lag the log."
    Gauge "dossier_projection_lag_seconds" "Age of the oldest event that a read model lacks; 0 if it lacks none."
    Gauge "dossier_projection_parked_streams" "Parked customers of a read model."
    Gauge "dossier_projection_outdated" "1 if another version of the logic made the live rows of a read model."
    Counter "dossier_projection_events_total" "Events that this instance applied to a read model."
    Counter "dossier_projection_streams_parked_total" "Streams that this instance parked in a read model."
    Counter "dossier_projection_timeouts_total" "Batches that this instance broke off because they took too long, by read model."
    Gauge "dossier_projection_batch_max_events" "Size of this instance's next batch of a partition, at most."
}

/// Tells the recorder what each metric means, and starts counters without labels at 0.
pub(super) fn describe() {
    for Metric { name, kind, help } in METRICS {
        let unit = if name.contains("_seconds") {
            Unit::Seconds
        } else if name.contains("_bytes") {
            Unit::Bytes
        } else {
            Unit::Count
        };
        match kind {
            Kind::Counter => describe_counter!(*name, unit, *help),
            Kind::Gauge => describe_gauge!(*name, unit, *help),
            Kind::Histogram => describe_histogram!(*name, unit, *help),
        }
    }
    for unlabelled in [
        "dossier_append_races_lost_total",
        "dossier_key_lookups_total",
        "dossier_reads_from_memory_total",
        "dossier_authentication_failures_total",
        "dossier_read_records_failed_total",
    ] {
        metrics::counter!(unlabelled).increment(0);
    }
    let schema = store::MIGRATOR.iter().map(|migration| migration.version).max();
    metrics::gauge!(
        "dossier_build_info",
        "version" => env!("CARGO_PKG_VERSION"),
        "schema" => schema.unwrap_or_default().to_string(),
    )
    .set(1);
}
