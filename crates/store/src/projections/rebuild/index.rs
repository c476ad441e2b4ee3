//! Creates the indexes of a loaded generation in parallel, and then its other constraints.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, query, query_as, query_scalar};

use crate::connections::Connections;
use crate::error::StoreError;

/// How far the indexes of a generation are, in KiB of the tables that they read: done and total. The login
/// must be the one that creates them, since PostgreSQL shows progress to nobody else.
///
/// Each index reads its whole table, sorts what it found, and writes itself. What is done can decrease for a
/// moment when an index ends one of these steps.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn index_progress(
    connection: &mut PgConnection,
    projection: &str,
    generation: i32,
) -> Result<(u64, u64), StoreError> {
    let (done, total): (i64, i64) = query_as(
        "with tables as (
             select t.oid, l.oid as live, t.relnamespace as home,
                    greatest(pg_relation_size(t.oid) / 1024, 1) as size
               from pg_namespace as n
               join pg_class as t on t.relnamespace = n.oid and t.relkind = 'r'
               join pg_class as l on l.relnamespace = 'public'::regnamespace and l.relname = t.relname
              where n.nspname = $1),
         wanted as (
             select t.size, exists (select from pg_class as m
                                     where m.relnamespace = t.home and m.relname = c.relname) as made
               from tables as t
               join pg_index as i on i.indrelid = t.live
               join pg_class as c on c.oid = i.indexrelid),
         running as (
             select t.size * case
                        when p.phase like '%loading%'
                        then 0.6 + 0.4 * p.tuples_done / greatest(p.tuples_total, 1)
                        when p.phase like '%sorting%' then 0.6
                        -- While it reads the first block, PostgreSQL reports all as done.
                        when p.blocks_done < p.blocks_total
                        then 0.6 * p.blocks_done / p.blocks_total
                        else 0 end as size
               from pg_stat_progress_create_index as p
               join tables as t on t.oid = p.relid
              where p.datname = current_database())
         select (coalesce((select sum(size) from wanted where made), 0)
                 + coalesce((select sum(size) from running), 0))::bigint,
                coalesce((select sum(size) from wanted), 0)::bigint",
    )
    .bind(format!("{projection}_g{generation}"))
    .fetch_one(connection)
    .await?;
    let (done, total) = (done.unsigned_abs(), total.unsigned_abs());
    Ok((done.min(total), total))
}

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
