//! The tables of views.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query};

use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::projections::registry::Projections;

/// Makes the tables of those views that the database doesn't have yet, as the tables' owner. They then
/// follow the log from its beginning. To be called after [`migrate`](crate::migrate()).
///
/// # Errors
///
/// [`StoreError::Refused`] when another projection has the name of a view;
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn make_view_tables(
    options: &PgConnectOptions,
    projections: &Projections,
) -> Result<(), StoreError> {
    let views = projections.following().iter().filter(|view| view.state_table().is_some());
    let views: Vec<_> = views.collect();
    if views.is_empty() {
        return Ok(());
    }
    let mut connection = connect(options, Role::Owner).await?;
    for view in views {
        query("select create_view_projection($1, $2)")
            .bind(view.name())
            .bind(view.logic_version())
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    Ok(())
}
