//! Creates the indexes of a loaded generation in parallel, and then its other constraints.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, query, query_scalar};

use crate::connections::Connections;
use crate::error::StoreError;

/// Indexes a loaded generation, which then follows. Several indexes are created at a time, each on
/// its own connection. Existing ones are kept.
pub(super) async fn index(
    control: &mut PgConnection,
    options: &PgConnectOptions,
    projection: &str,
    generation: i32,
    workers: usize,
) -> Result<(), StoreError> {
    let unmade: Vec<String> = query_scalar("select unmade_indexes($1, $2)")
        .bind(projection)
        .bind(generation)
        .fetch_all(&mut *control)
        .await?;
    let connections = Connections::new(options.clone(), workers);
    stream::iter(unmade)
        .map(async |index| {
            let mut connection = connections.take().await?;
            query("select make_index($1, $2, $3)")
                .bind(projection)
                .bind(generation)
                .bind(index)
                .execute(&mut *connection)
                .await?;
            connections.give_back(connection);
            Ok::<_, StoreError>(())
        })
        .buffer_unordered(workers)
        .try_collect::<()>()
        .await?;
    query("select index_generation($1, $2)")
        .bind(projection)
        .bind(generation)
        .execute(control)
        .await?;
    Ok(())
}
