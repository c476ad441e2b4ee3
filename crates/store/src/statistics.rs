//! Statistics for tables that grow faster than autovacuum runs.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query_scalar};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// Analyses tables that have more than doubled since they were last analysed, and returns them.
///
/// Does nothing while another instance does the same.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked, or takes too long over a table; those before it
/// are analysed.
pub async fn analyze_grown(database: &PgConnectOptions) -> Result<Vec<String>, StoreError> {
    let mut connection = connect(database, Role::Projector).await?;
    let mut analyzed = Vec::new();
    loop {
        let table: Option<String> =
            query_scalar("select analyze_one_grown()").fetch_one(&mut connection).await?;
        // A table that stays in the list would be analysed forever.
        let Some(table) = table.filter(|table| !analyzed.contains(table)) else { break };
        analyzed.push(table);
    }
    connection.close().await?;
    Ok(analyzed)
}
