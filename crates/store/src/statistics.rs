//! Fresh statistics for tables that grow faster than autovacuum looks at them.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query_scalar};

use crate::connect::{Role, connect};
use crate::error::StoreError;

/// Analyses the tables that have more than doubled since they were last analysed, and says which.
///
/// Nothing happens while another instance does the same.
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
        // A table that is named again would be named for ever.
        let Some(table) = table.filter(|table| !analyzed.contains(table)) else { break };
        analyzed.push(table);
    }
    connection.close().await?;
    Ok(analyzed)
}
