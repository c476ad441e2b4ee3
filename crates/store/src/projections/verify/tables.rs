//! Which tables are verified, and the findings in tables that are no read models.

use std::fmt;

use sqlx::{PgConnection, query, query_as, query_scalar};
use uuid::Uuid;

use crate::partition::Partition;
use crate::projections::projection::Projection;
use crate::projections::rebuild::LISTED_MAX;
use crate::projections::registry::Projections;

/// Compared tables with tenants' rows that are not in [`Projection::tables`].
const STATE: [&str; 4] = ["tenants", "reservations", "customer_counts", "command_results"];
/// Tables that verifying the log covers, and compared tables without tenants' rows or without an index by tenant
/// and partition.
const OTHERS: [&str; 6] = ["events", "log_heads", "log_tree", "imports", "checkpoints", "api_keys"];

/// The findings in a table that is no read model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedTable {
    /// The table.
    pub table: &'static str,
    /// The number of checked rows.
    pub rows: u64,
    /// Stored answers without an authentication code, or with one of another key; API keys without an event.
    pub unauthenticated: u64,
    /// The number of findings.
    pub findings: u64,
    /// The first [`LISTED_MAX`] of these.
    pub listed: Vec<Finding>,
}

/// A row that differs from the log. It says where, but not what is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The partition of the row.
    pub partition: i16,
    /// The tenant, if it belongs to one.
    pub tenant: Option<Uuid>,
    /// The customer, if it belongs to one.
    pub customer: Option<Uuid>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, tenant, customer, what } = self;
        write!(f, "partition {partition}")?;
        if let Some(tenant) = tenant {
            write!(f, ", tenant {tenant}")?;
        }
        if let Some(customer) = customer {
            write!(f, ", customer {customer}")?;
        }
        write!(f, ": {what}")
    }
}

impl VerifiedTable {
    pub(super) fn new(table: &'static str) -> Self {
        Self { table, rows: 0, unauthenticated: 0, findings: 0, listed: Vec::new() }
    }

    /// Adds a finding in a tenant's row.
    pub(super) fn find(
        &mut self,
        (partition, tenant): (Partition, Uuid),
        customer: Option<Uuid>,
        what: impl Into<String>,
    ) {
        let partition = partition.number();
        self.push(Finding { partition, tenant: Some(tenant), customer, what: what.into() });
    }

    fn push(&mut self, finding: Finding) {
        self.findings = self.findings.saturating_add(1);
        if self.listed.len() < LISTED_MAX {
            self.listed.push(finding);
        }
    }
}

/// The tables of all projections.
fn view_tables(projections: &Projections) -> impl Iterator<Item = &'static str> {
    projections.all().flat_map(Projection::tables).map(|table| table.name)
}

/// Lists, in a temporary table, the tenants with rows in the log or any table. A tenant is listed
/// with the partition of the rows, so that rows in a wrong partition are found, too.
pub(super) async fn list_tenants(
    connection: &mut PgConnection,
    projections: &Projections,
) -> sqlx::Result<()> {
    query(
        "create temporary table verified_tenants (
             tenant_id uuid, partition smallint, primary key (tenant_id, partition))",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "insert into verified_tenants (tenant_id, partition)
         select tenant_id, partition from public.events
          where aggregate_type = 'tenant' and sequence = 1
             on conflict do nothing",
    )
    .execute(&mut *connection)
    .await?;
    for table in STATE.into_iter().chain(view_tables(projections)) {
        // Steps from tenant to tenant by the primary key. The names are constants of this crate.
        let next = format!(
            "insert into verified_tenants (tenant_id, partition)
             with recursive walk as (
                 (select partition, tenant_id from public.{table}
                   order by partition, tenant_id limit 1)
                 union all
                 select n.partition, n.tenant_id
                   from walk as w
                  cross join lateral (
                        select t.partition, t.tenant_id from public.{table} as t
                         where (t.partition, t.tenant_id) > (w.partition, w.tenant_id)
                         order by t.partition, t.tenant_id limit 1) as n
             )
             select tenant_id, partition from walk
                 on conflict do nothing"
        );
        query(&next).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The next of the listed tenants.
pub(super) async fn tenants_after(
    connection: &mut PgConnection,
    (tenant, partition): (Uuid, i16),
    limit: i64,
) -> sqlx::Result<Vec<(i16, Uuid)>> {
    query_as(
        "select partition, tenant_id from verified_tenants
          where (tenant_id, partition) > ($1, $2)
          order by tenant_id, partition
          limit $3",
    )
    .bind(tenant)
    .bind(partition)
    .bind(limit)
    .fetch_all(connection)
    .await
}

/// Verifies that each live projection has a checkpoint in each partition, and none beyond the end
/// of the log.
pub(super) async fn checkpoints(
    connection: &mut PgConnection,
    projections: &[&str],
) -> sqlx::Result<VerifiedTable> {
    let mut found = VerifiedTable::new("checkpoints");
    let rows: Vec<(String, i16, Option<i64>, i64)> = query_as(
        "select p.name, h.partition, k.position, h.position
           from projections as p
          cross join log_heads as h
           left join checkpoints as k
             on k.partition = h.partition and k.projection = p.name and k.generation = p.generation
          where p.state = 'live' and p.name = any ($1) and p.name <> 'customers'
          order by p.name, h.partition",
    )
    .bind(projections)
    .fetch_all(connection)
    .await?;
    for (projection, partition, position, head) in rows {
        found.rows = found.rows.saturating_add(1);
        let what = match position {
            None => format!("{projection} has no checkpoint: it doesn't follow the log here"),
            Some(position) if position > head => {
                format!("the checkpoint of {projection} is {position}, beyond the log's end {head}")
            }
            Some(_) => continue,
        };
        found.push(Finding { partition, tenant: None, customer: None, what });
    }
    Ok(found)
}

/// The tables that are not compared.
pub(super) async fn not_covered(
    connection: &mut PgConnection,
    projections: &Projections,
) -> sqlx::Result<Vec<String>> {
    let covered: Vec<&str> =
        STATE.into_iter().chain(OTHERS).chain(view_tables(projections)).collect();
    query_scalar(
        "select c.relname::text
           from pg_class as c
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
            and c.relname::text <> all ($1)
          order by c.relname",
    )
    .bind(covered)
    .fetch_all(connection)
    .await
}
