//! The row of a generation, and the functions that create, move and drop its tables.

use serde_json::Value;
use sqlx::{Connection as _, FromRow, PgConnection, query, query_as, query_scalar};

use super::read::Range;
use crate::projections::projection::Projection;

/// Events in a chunk, about.
const CHUNK_EVENTS: i64 = 8_192;
/// The maximum of chunks of a rebuild. A larger log has larger chunks.
const CHUNKS_MAX: i64 = 4_096;
/// Sampled events per chunk, to find where it should begin.
const SAMPLED_PER_CHUNK: i64 = 32;

/// A generation that is being built.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct Building {
    pub(crate) generation: i32,
    pub(crate) logic_version: i32,
    pub(crate) phase: String,
    pub(crate) workers: i16,
}

/// The generation of `projection` that is being built, if any.
pub(crate) async fn building(
    connection: &mut PgConnection,
    projection: &str,
) -> sqlx::Result<Option<Building>> {
    query_as(
        "select generation, logic_version, phase, workers
           from projections
          where name = $1 and state = 'building'",
    )
    .bind(projection)
    .fetch_optional(connection)
    .await
}

/// The live generations of `projections` that have less than half of the log and are more than
/// `far_behind` events behind. Without those for which a generation is being built.
pub(crate) async fn far_behind(
    connection: &mut PgConnection,
    projections: &[&'static dyn Projection],
    far_behind: i64,
) -> sqlx::Result<Vec<String>> {
    let names: Vec<_> = projections.iter().map(|projection| projection.name()).collect();
    let logic: Vec<_> = projections.iter().map(|projection| projection.logic_version()).collect();
    query_scalar(
        "select p.name
           from unnest($1::text[], $2::integer[]) as w(name, logic)
           join projections as p on p.name = w.name and p.logic_version = w.logic
           join checkpoints as k on k.projection = p.name and k.generation = p.generation
           join log_heads as h on h.partition = k.partition
          where p.state = 'live'
            and not exists (select from projections as b
                             where b.name = p.name and b.state = 'building')
          group by p.name
         having sum(h.position - k.position) > greatest($3, sum(k.position))
          order by p.name",
    )
    .bind(names)
    .bind(logic)
    .bind(far_behind)
    .fetch_all(connection)
    .await
}

/// Creates the next generation, and divides the customers into chunks of about equal numbers of
/// events.
///
/// The boundaries are estimated from a sample. Together the chunks have every customer, however
/// wrong the estimate. The live generation of a projection that `catches_up` waits until this one
/// is live.
pub(crate) async fn create(
    connection: &mut PgConnection,
    projection: &dyn Projection,
    workers: u16,
    catches_up: bool,
) -> sqlx::Result<i32> {
    let mut transaction = connection.begin().await?;
    let generation: i32 = query_scalar("select create_generation($1, $2, $3)")
        .bind(projection.name())
        .bind(projection.logic_version())
        .bind(i32::from(workers))
        .fetch_one(&mut *transaction)
        .await?;
    query("update projections set catches_up = $3 where name = $1 and generation = $2")
        .bind(projection.name())
        .bind(generation)
        .bind(catches_up)
        .execute(&mut *transaction)
        .await?;
    let events: i64 = query_scalar("select coalesce(sum(position), 0)::bigint from log_heads")
        .fetch_one(&mut *transaction)
        .await?;
    let chunks = (events / CHUNK_EVENTS).saturating_add(1).min(CHUNKS_MAX);
    query(
        "insert into rebuild_chunks (projection, generation, chunk, from_key, until_key)
         select $1, $2, row_number() over (order by b.until_key),
                coalesce(lag(b.until_key) over (order by b.until_key), ''), b.until_key
           from (select unnest(percentile_disc(array(select nth::float8 / $3
                                                       from generate_series(1, $3 - 1) as nth))
                               within group (order by e.aggregate_id)) as until_key
                   from events as e tablesample system (least(100, 100.0 * $3 * $4 / greatest($5, 1)))
                  where e.aggregate_type = 'customer'
                  -- Names are of hexadecimal digits: none is after a tilde.
                  union
                 select '~') as b
          where b.until_key is not null",
    )
    .bind(projection.name())
    .bind(generation)
    .bind(chunks)
    .bind(SAMPLED_PER_CHUNK)
    .bind(events)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(generation)
}

/// A part of a load.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) number: i32,
    pub(crate) range: Range,
}

/// The next chunk that is not loaded and not locked. It is locked until the transaction ends.
pub(crate) async fn claim_chunk(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
) -> sqlx::Result<Option<Chunk>> {
    let row: Option<(i32, String, String)> = query_as(
        "select chunk, from_key, until_key
           from rebuild_chunks
          where projection = $1 and generation = $2 and not done
          order by chunk
          limit 1
            for update skip locked",
    )
    .bind(projection)
    .bind(generation)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(number, from, until)| Chunk { number, range: Range { from, until } }))
}

/// Records that a chunk is loaded. Returns false if the load was cancelled.
pub(crate) async fn finish_chunk(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
    chunk: i32,
    events: i64,
) -> sqlx::Result<bool> {
    query(
        "update rebuild_chunks set done = true
          where projection = $1 and generation = $2 and chunk = $3",
    )
    .bind(projection)
    .bind(generation)
    .bind(chunk)
    .execute(&mut *connection)
    .await?;
    let recorded = query(
        "update projections
            set events_done = least(events_done + $3, events_total), changed_at = clock_timestamp()
          where name = $1 and generation = $2 and phase = 'loading'",
    )
    .bind(projection)
    .bind(generation)
    .bind(events)
    .execute(connection)
    .await?;
    Ok(recorded.rows_affected() == 1)
}

/// Whether any chunk is left.
pub(crate) async fn chunks_left(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
) -> sqlx::Result<bool> {
    query_scalar(
        "select exists (select from rebuild_chunks
                         where projection = $1 and generation = $2 and not done)",
    )
    .bind(projection)
    .bind(generation)
    .fetch_one(connection)
    .await
}

/// The positions of the loaded events, by partition.
pub(crate) async fn checkpoints(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
) -> sqlx::Result<Vec<(i16, i64)>> {
    query_as(
        "select partition, position
           from checkpoints
          where projection = $1 and generation = $2
          order by partition",
    )
    .bind(projection)
    .bind(generation)
    .fetch_all(connection)
    .await
}

/// Moves to another phase, unless the phase has changed or the rebuild was cancelled.
pub(crate) async fn go_on(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
    from: &str,
    to: &str,
) -> sqlx::Result<()> {
    query(
        "update projections set phase = $4, changed_at = clock_timestamp()
          where name = $1 and generation = $2 and phase = $3",
    )
    .bind(projection)
    .bind(generation)
    .bind(from)
    .bind(to)
    .execute(connection)
    .await?;
    Ok(())
}

/// Cancels the running rebuild, if any, and returns it.
pub(crate) async fn cancel(
    connection: &mut PgConnection,
    projection: &str,
) -> sqlx::Result<Option<i32>> {
    query_scalar("select cancel_generation($1)").bind(projection).fetch_one(connection).await
}

/// Makes the last retired generation follow again, if it has this logic.
pub(crate) async fn reopen(
    connection: &mut PgConnection,
    projection: &dyn Projection,
) -> sqlx::Result<Option<i32>> {
    query_scalar("select reopen_generation($1, $2)")
        .bind(projection.name())
        .bind(projection.logic_version())
        .fetch_one(connection)
        .await
}

/// Drops the tables of a cancelled generation. With `forget` also those of a retired one, with all
/// records of it.
pub(crate) async fn drop_generation(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
    forget: bool,
) -> sqlx::Result<()> {
    query("select drop_generation($1, $2, $3)")
        .bind(projection)
        .bind(generation)
        .bind(forget)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores the result of a comparison, or why a rebuild does not proceed.
pub(crate) async fn note(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
    differences: Option<&Value>,
    failure: Option<&str>,
) -> sqlx::Result<()> {
    query(
        "update projections
            set differences = coalesce($3::json, differences), failure = $4,
                changed_at = clock_timestamp()
          where name = $1 and generation = $2",
    )
    .bind(projection)
    .bind(generation)
    .bind(differences)
    .bind(failure)
    .execute(connection)
    .await?;
    Ok(())
}

/// Generations listed at a time.
const LISTED_MAX: i64 = 1_000;

/// Retired and cancelled generations: names and numbers.
pub(crate) async fn old(connection: &mut PgConnection) -> sqlx::Result<Vec<(String, i32)>> {
    query_as(
        "select name, generation
           from projections
          where state in ('retired', 'cancelled')
          order by name, generation
          limit $1",
    )
    .bind(LISTED_MAX)
    .fetch_all(connection)
    .await
}

/// The number of parked streams in a generation.
pub(crate) async fn parked(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
) -> sqlx::Result<i64> {
    query_scalar("select count(*) from parked_streams where projection = $1 and generation = $2")
        .bind(projection)
        .bind(generation)
        .fetch_one(connection)
        .await
}
