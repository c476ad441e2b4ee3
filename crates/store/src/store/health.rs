//! How the database is, for operators.

use sqlx::{FromRow, query_as};

use crate::error::StoreError;
use crate::read_pool::ask_on;
use crate::store::handle::Store;

/// How the database is.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct DatabaseHealth {
    /// The version of PostgreSQL.
    pub version: String,
    /// The size of the database.
    pub bytes: i64,
    /// The size of the log in it, with its indexes.
    pub log_bytes: i64,
    /// Open connections to the database, of all programs.
    pub connections: i64,
    /// The maximum of connections to the server.
    pub connections_max: i64,
    /// Events in the log.
    pub events: i64,
    /// Partitions of the log that have events.
    pub partitions: i64,
}

impl Store {
    /// How the database is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn database_health(&self) -> Result<DatabaseHealth, StoreError> {
        ask_on(&self.inner.pools.operators, |connection| {
            Box::pin(async move {
                let health = query_as(
                    "select current_setting('server_version') as version,
                            pg_database_size(current_database()) as bytes,
                            pg_total_relation_size('events'::regclass) as log_bytes,
                            (select count(*) from pg_stat_activity
                              where datname = current_database()) as connections,
                            current_setting('max_connections')::bigint as connections_max,
                            (select coalesce(sum(position), 0)::bigint from log_heads) as events,
                            (select count(*) from log_heads where position > 0) as partitions",
                )
                .fetch_one(connection);
                Ok(health.await?)
            })
        })
        .await
    }
}
