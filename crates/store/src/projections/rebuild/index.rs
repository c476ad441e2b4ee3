//! Indexing: the indexes of a loaded generation, side by side, and then whatever else the live one has.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, query, query_scalar};

use crate::connections::Connections;
use crate::error::StoreError;

/// Indexes a loaded generation, which then follows. Some indexes are made at a time, each on a
/// connection of its own; those that are there already stay.
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
            let mut lane = connections.take().await?;
            query("select make_index($1, $2, $3)")
                .bind(projection)
                .bind(generation)
                .bind(index)
                .execute(&mut *lane)
                .await?;
            connections.give_back(lane);
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
