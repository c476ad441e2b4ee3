//! Compares the rows of two generations: by digests, and where those differ, customer by customer.
#![expect(clippy::arithmetic_side_effects, reason = "what is counted are rows of one database")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, FromRow, PgConnection, query, query_as, query_scalar};
use uuid::Uuid;

use crate::connect::open;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::projections::generation::Generation;
use crate::projections::projection::Projection;
use crate::projections::table::Table;
use crate::projections::table::hashable;

/// A live generation that is more events behind than this is not compared.
const COMPARED_BEHIND_MAX: i64 = 100_000;
/// The maximum of differences that are listed.
pub const LISTED_MAX: usize = 20;

/// The result of comparing two sets of rows.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Comparison {
    /// Compared rows, counted in the live tables.
    pub rows: i64,
    /// Customers that were left out because one side has followed them further.
    pub left_out: i64,
    /// The number of customers and tables with different rows; 0 if all are equal.
    pub differing: i64,
    /// The first [`LISTED_MAX`] of these.
    pub listed: Vec<Difference>,
}

/// A customer whose rows in a table differ. It says where, but not what is there: that is personal
/// data.
#[derive(Clone, Debug, Deserialize, Eq, FromRow, PartialEq, Serialize)]
pub struct Difference {
    /// The table.
    pub table_name: String,
    /// The customer's tenant.
    pub tenant_id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// The number of rows in the live table.
    pub rows_live: i64,
    /// The number of rows in the other table.
    pub rows_rebuilt: i64,
    /// The columns that differ.
    pub columns: Vec<String>,
}

impl Comparison {
    /// Whether no difference was found.
    #[must_use]
    pub fn equal(&self) -> bool {
        self.differing == 0
    }
}

/// The rows to compare with the live ones.
#[derive(Clone, Copy)]
pub(crate) struct ComparedRows<'a> {
    pub(crate) projection: &'static dyn Projection,
    /// The schema of the other tables.
    pub(crate) schema: &'a str,
    /// The numbers of the partitions whose rows are compared.
    pub(crate) partitions: &'a [i16],
    /// Customers that are not compared.
    pub(crate) without: &'a [Uuid],
    /// The only tenant to compare; nothing for all.
    pub(crate) tenant: Option<Uuid>,
    /// The only customers to compare; nothing for all.
    pub(crate) only: Option<&'a [Uuid]>,
}

/// Compares a generation that is being built with the live one, in one snapshot. Both may be
/// followed meanwhile. Two connections read in parallel.
pub(crate) async fn compare(
    options: &PgConnectOptions,
    generation: &Generation,
) -> Result<Comparison, StoreError> {
    let (mut control, mut beside) = (open(options).await?, open(options).await?);
    let begin = "begin isolation level repeatable read read only";
    let mut snapshot = control.begin_with(begin).await?;
    let shared: String =
        query_scalar("select pg_export_snapshot()").fetch_one(&mut *snapshot).await?;
    let mut same = beside.begin_with(begin).await?;
    query(&format!("set transaction snapshot '{shared}'")).execute(&mut *same).await?;
    let mut found = Comparison::default();
    let (mut partitions, mut without) = (Vec::new(), Vec::new());
    for (partition, live, rebuilt) in positions(&mut snapshot, generation).await? {
        if rebuilt - live > COMPARED_BEHIND_MAX {
            found.left_out += customers_in(&mut snapshot, partition).await?;
            continue;
        }
        let (from, until) = (live.min(rebuilt), live.max(rebuilt));
        if from < until {
            without.extend(customers_between(&mut snapshot, partition, from, until).await?);
        }
        partitions.push(partition.number());
    }
    found.left_out += i64::try_from(without.len()).unwrap_or(i64::MAX);
    let schema = generation.schema();
    let rows = ComparedRows {
        projection: generation.projection,
        schema: &schema,
        partitions: &partitions,
        without: &without,
        tenant: None,
        only: None,
    };
    read_whole_tables(&mut snapshot).await?;
    read_whole_tables(&mut same).await?;
    for table in generation.projection.tables() {
        let (live, others) =
            tokio::try_join!(rows.live(&mut snapshot, table), rows.others(&mut same, table))?;
        rows.compare_table(&mut snapshot, table, &live, &others, &mut found).await?;
    }
    same.rollback().await?;
    snapshot.rollback().await?;
    control.close().await?;
    beside.close().await?;
    Ok(found)
}

/// Lets the planner choose scans and joins: a comparison needs most of a table.
pub(crate) async fn read_whole_tables(connection: &mut PgConnection) -> sqlx::Result<()> {
    query(
        "select set_config(name, 'on', true)
           from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The positions of the live generation and of this one, by partition.
async fn positions(
    connection: &mut PgConnection,
    generation: &Generation,
) -> sqlx::Result<Vec<(Partition, i64, i64)>> {
    let rows: Vec<(i16, i64, i64)> = query_as(
        "select h.partition,
                coalesce((select o.position
                            from checkpoints as o
                            join projections as p
                              on p.name = o.projection and p.generation = o.generation
                           where o.partition = h.partition and p.name = $1 and p.state = 'live'),
                         h.position),
                k.position
           from log_heads as h
           join checkpoints as k on k.partition = h.partition
          where k.projection = $1 and k.generation = $2
          order by h.partition",
    )
    .bind(generation.projection.name())
    .bind(generation.number)
    .fetch_all(connection)
    .await?;
    let row = |(number, live, rebuilt)| Some((Partition::new(number)?, live, rebuilt));
    Ok(rows.into_iter().filter_map(row).collect())
}

/// The number of customers of a partition.
async fn customers_in(connection: &mut PgConnection, partition: Partition) -> sqlx::Result<i64> {
    query_scalar("select count(*) from customers where partition = $1")
        .bind(partition.number())
        .fetch_one(connection)
        .await
}

/// The customers with events after one position and not after another.
pub(crate) async fn customers_between(
    connection: &mut PgConnection,
    partition: Partition,
    after: i64,
    until: i64,
) -> sqlx::Result<Vec<Uuid>> {
    query_scalar(
        "select distinct split_part(aggregate_id, '/', 2)::uuid
           from events
          where partition = $1 and position > $2 and position <= $3
            and aggregate_type = 'customer'",
    )
    .bind(partition.number())
    .bind(after)
    .bind(until)
    .fetch_all(connection)
    .await
}

/// The number of rows of some partitions, and a digest that does not depend on their order.
#[derive(Debug, Eq, FromRow, PartialEq)]
struct Digest {
    partition: i16,
    rows: i64,
    digest: String,
}

impl ComparedRows<'_> {
    /// Compares the rows of every table on one connection, and adds to `found`.
    ///
    /// The statements' texts are made of names in this crate's constants.
    pub(crate) async fn compare(
        &self,
        connection: &mut PgConnection,
        found: &mut Comparison,
    ) -> sqlx::Result<()> {
        for table in self.projection.tables() {
            let live = self.live(&mut *connection, table).await?;
            let others = self.others(&mut *connection, table).await?;
            self.compare_table(&mut *connection, table, &live, &others, found).await?;
        }
        Ok(())
    }

    async fn compare_table(
        &self,
        connection: &mut PgConnection,
        table: &Table,
        live: &[Digest],
        others: &[Digest],
        found: &mut Comparison,
    ) -> sqlx::Result<()> {
        found.rows += live.iter().map(|digest| digest.rows).sum::<i64>();
        let differing = |digest: &&Digest| !live.contains(digest) || !others.contains(digest);
        let partitions: BTreeSet<i16> =
            live.iter().chain(others).filter(differing).map(|digest| digest.partition).collect();
        if !partitions.is_empty() {
            let partitions: Vec<_> = partitions.into_iter().collect();
            let rows = ComparedRows { partitions: &partitions, ..*self };
            rows.differences(connection, table, found).await?;
        }
        Ok(())
    }

    async fn live(
        &self,
        connection: &mut PgConnection,
        table: &Table,
    ) -> sqlx::Result<Vec<Digest>> {
        self.digests(connection, "public", table).await
    }

    async fn others(
        &self,
        connection: &mut PgConnection,
        table: &Table,
    ) -> sqlx::Result<Vec<Digest>> {
        self.digests(connection, self.schema, table).await
    }

    /// A digest for each partition that has rows.
    async fn digests(
        &self,
        connection: &mut PgConnection,
        schema: &str,
        table: &Table,
    ) -> sqlx::Result<Vec<Digest>> {
        let statement = format!(
            "select t.partition, count(*) as rows, sum({})::text as digest
               from {schema}.{} as t
              where {WANTED}
              group by t.partition
              order by t.partition",
            table.digest(),
            table.name
        );
        query_as(&statement)
            .bind(self.partitions)
            .bind(self.without)
            .bind(self.tenant)
            .bind(self.only)
            .fetch_all(connection)
            .await
    }

    async fn differences(
        &self,
        connection: &mut PgConnection,
        table: &Table,
        found: &mut Comparison,
    ) -> sqlx::Result<()> {
        #[derive(FromRow)]
        struct DifferingRow {
            total: i64,
            #[sqlx(flatten)]
            difference: Difference,
        }
        let room = LISTED_MAX.saturating_sub(found.listed.len()).max(1);
        let rows: Vec<DifferingRow> = query_as(&self.differences_statement(table))
            .bind(self.partitions)
            .bind(self.without)
            .bind(self.tenant)
            .bind(self.only)
            .bind(table.name)
            .bind(i64::try_from(room).unwrap_or(1))
            .fetch_all(connection)
            .await?;
        found.differing += rows.first().map_or(0, |row| row.total);
        found.listed.extend(rows.into_iter().map(|row| row.difference));
        found.listed.truncate(LISTED_MAX);
        Ok(())
    }

    fn differences_statement(&self, table: &Table) -> String {
        let (mut digests, mut columns) = (String::new(), String::new());
        for (nth, (column, kind)) in table.columns.iter().enumerate() {
            // Writing to a string can't fail.
            let _ = write!(
                digests,
                ", sum(hash_record_extended(row({}), 0)) as digest_{nth}",
                hashable(column, *kind)
            );
            let comma = if nth == 0 { "" } else { ", " };
            let _ = write!(
                columns,
                "{comma}case when l.digest_{nth} is distinct from r.digest_{nth}
                             then '{column}' end"
            );
        }
        let side = |schema: &str| {
            format!(
                "select tenant_id, customer_id, count(*) as rows,
                        sum({}) as digest{digests}
                   from {schema}.{} as t
                  where {WANTED}
                  group by tenant_id, customer_id",
                table.digest(),
                table.name
            )
        };
        format!(
            "select count(*) over () as total, $5::text as table_name, tenant_id, customer_id,
                    coalesce(l.rows, 0) as rows_live, coalesce(r.rows, 0) as rows_rebuilt,
                    array_remove(array[{columns}]::text[], null) as columns
               from ({live}) as l
               full join ({other}) as r using (tenant_id, customer_id)
              where l.rows is distinct from r.rows or l.digest is distinct from r.digest
              order by tenant_id, customer_id
              limit $6",
            live = side("public"),
            other = side(self.schema),
        )
    }
}

const WANTED: &str = "t.partition = any ($1) and t.customer_id <> all ($2)
                and ($3::uuid is null or t.tenant_id = $3)
                and ($4::uuid[] is null or t.customer_id = any ($4))";
