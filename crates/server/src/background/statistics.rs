//! Keeps the planner's statistics fresh while tables grow quickly.

use std::error::Error;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How often the sizes of tables are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(15);

/// Analyses tables that have doubled.
pub(crate) async fn keep_fresh(database: PgConnectOptions) {
    loop {
        refresh(&database).await;
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Analyses tables that have doubled. A failure is only logged: autovacuum does the same, later.
pub(crate) async fn refresh(database: &PgConnectOptions) {
    match store::analyze_grown(database).await {
        Ok(tables) => {
            for table in tables {
                tracing::debug!(table, "analysed {table}, which has more than doubled");
            }
        }
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::warn!(error, "analysing grown tables failed");
        }
    }
}
