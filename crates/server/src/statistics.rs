//! Keeps the planner's statistics fresh while tables grow quickly.

use std::error::Error;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// Between two looks at how large tables are.
const LOOK_INTERVAL: Duration = Duration::from_secs(15);

/// Has tables analysed that have doubled, for ever. It can be dropped at any time.
pub(crate) async fn keep(database: PgConnectOptions) {
    loop {
        refresh(&database).await;
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Has tables analysed that have doubled. A failure is logged: autovacuum does the same, later.
pub(crate) async fn refresh(database: &PgConnectOptions) {
    match store::analyze_grown(database).await {
        Ok(tables) => {
            for table in tables {
                tracing::debug!(table, "analysed {table}, which has more than doubled");
            }
        }
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::warn!(error, "grown tables can't be analysed");
        }
    }
}
