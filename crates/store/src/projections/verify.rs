//! Verifies served data against the log: folds customers and tenants again and compares.

mod answers;
mod counts;
mod keys;
mod reservations;
mod tables;
mod tenants;

use std::collections::BTreeMap;

use domain::upcast::Upcasters;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use uuid::Uuid;

use super::fold::ProjectionBatch;
use super::rebuild::{
    ComparedRows, Comparison, Folder, Range, customers_between, events, read_whole_tables,
};
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::model::AnswerKey;
use crate::options::Options;
use crate::partition::{PARTITIONS, Partition};
use crate::projections::customer_list::CustomerList;
use crate::projections::projection::Projection;
use crate::projections::registry::Projections;

use self::reservations::RESERVATIONS;
pub use self::tables::{Finding, VerifiedTable};

/// Tenants per page.
const PAGE: i64 = 1_000;

/// The result of verifying all served data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Served {
    /// The read models and the current state of customers.
    pub views: Vec<VerifiedView>,
    /// Read models that were not verified: another version of their logic made the live rows.
    pub outdated: Vec<&'static str>,
    /// The other tables with served data.
    pub tables: Vec<VerifiedTable>,
    /// Tables that were not compared: they don't derive from the log.
    pub not_covered: Vec<String>,
}

/// The result of verifying a projection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedView {
    /// The projection.
    pub projection: &'static str,
    /// The comparison with the rows that the log makes.
    pub comparison: Comparison,
}

/// Folds customers and tenants again, and compares the result with everything that is served: the
/// live rows of every projection of this version's logic, the tenants, their keys, the reservations, the
/// checkpoints and the answers stored under idempotency keys. Checks a random sample of about
/// `sample` customers with their tenants, or everything. Stored answers and the numbers of customers
/// are checked only with everything.
///
/// Others may write meanwhile: each tenant is read in a snapshot. The expected rows are in
/// temporary tables, a tenant's at a time.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_served(options: &Options, sample: Option<u32>) -> Result<Served, StoreError> {
    let session = as_role(&options.database, Role::Verifier).options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("plan_cache_mode", "auto"),
    ]);
    let mut check = Check {
        log: open(&session).await?,
        views: open(&session).await?,
        projections: &options.projections,
        upcasters: &options.upcasters,
        answer_key: options.answer_key.as_ref(),
        found: Vec::new(),
        outdated: Vec::new(),
        tenants: VerifiedTable::new("tenants"),
        reservations: VerifiedTable::new("reservations"),
        keys: VerifiedTable::new("api_keys"),
        counts: VerifiedTable::new("customer_counts"),
        answers: VerifiedTable::new("command_results"),
    };
    check.begin().await?;
    let names: Vec<_> = check.found.iter().map(|(view, _)| view.name()).collect();
    let checkpoints = tables::checkpoints(&mut check.views, &names).await?;
    let not_covered = tables::not_covered(&mut check.views, &options.projections).await?;
    if let Some(sample) = sample {
        for ((partition, tenant), customers) in check.sample(sample).await? {
            check.tenant(partition, tenant, Some(&customers)).await?;
        }
    } else {
        tables::list_tenants(&mut check.views, &options.projections).await?;
        keys::list_tenants(&mut check.views).await?;
        let mut after = (Uuid::nil(), -1);
        while let Some(tenants) = check.tenants_after(after).await? {
            for (partition, tenant) in tenants {
                check.tenant(partition, tenant, None).await?;
                after = (tenant, partition.number());
            }
        }
    }
    let Check { log, views, found, outdated, tenants, keys, reservations, counts, answers, .. } =
        check;
    log.close().await?;
    views.close().await?;
    let verified =
        |(view, comparison): (View, _)| VerifiedView { projection: view.name(), comparison };
    let mut tables = vec![tenants, keys, reservations, checkpoints];
    if sample.is_none() {
        tables.extend([counts, answers]);
    }
    Ok(Served { views: found.into_iter().map(verified).collect(), outdated, tables, not_covered })
}

type View = &'static dyn Projection;

struct Check<'a> {
    log: PgConnection,
    /// The connection with the temporary tables.
    views: PgConnection,
    projections: &'a Projections,
    upcasters: &'a Upcasters,
    answer_key: Option<&'a AnswerKey>,
    found: Vec<(View, Comparison)>,
    outdated: Vec<&'static str>,
    tenants: VerifiedTable,
    reservations: VerifiedTable,
    keys: VerifiedTable,
    counts: VerifiedTable,
    answers: VerifiedTable,
}

impl Check<'_> {
    /// Creates temporary tables. They shadow the live ones of the same names.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let live: Vec<(String, i32)> = query_as(
            "select name, logic_version from projections where state = 'live' order by name",
        )
        .fetch_all(&mut self.views)
        .await?;
        for view in self.projections.all() {
            let same = |(name, logic): &(String, i32)| {
                name == view.name() && *logic == view.logic_version()
            };
            if !live.iter().any(same) {
                self.outdated.push(view.name());
                continue;
            }
            for table in view.tables() {
                let name = table.name;
                let make = format!(
                    "create temporary table {name} (like public.{name} including generated)
                     on commit delete rows"
                );
                query(&make).execute(&mut self.views).await?;
            }
            self.found.push((view, Comparison::default()));
        }
        reservations::begin(&mut self.views).await?;
        Ok(())
    }

    /// The next tenants, by their ids; nothing after the last.
    async fn tenants_after(
        &mut self,
        after: (Uuid, i16),
    ) -> Result<Option<Vec<(Partition, Uuid)>>, StoreError> {
        let rows = tables::tenants_after(&mut self.views, after, PAGE).await?;
        let tenants = rows
            .into_iter()
            .filter_map(|(partition, tenant)| Some((Partition::new(partition)?, tenant)));
        let tenants: Vec<_> = tenants.collect();
        Ok((!tenants.is_empty()).then_some(tenants))
    }

    /// A random sample of customers, by tenant.
    async fn sample(
        &mut self,
        count: u32,
    ) -> Result<BTreeMap<(Partition, Uuid), Vec<Uuid>>, StoreError> {
        let rows: Vec<(i16, Uuid, Uuid)> = query_as(
            "select e.partition, e.tenant_id, split_part(e.aggregate_id, '/', 2)::uuid
               from events as e tablesample system (
                    (select least(100, 400.0 * $1 / greatest(sum(position), 1)) from log_heads))
              where e.aggregate_type = 'customer'
              group by e.partition, e.tenant_id, e.aggregate_id
              order by random()
              limit $1",
        )
        .bind(i64::from(count))
        .fetch_all(&mut self.log)
        .await?;
        let mut sample: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (partition, tenant, customer) in rows {
            if let Some(partition) = Partition::new(partition) {
                sample.entry((partition, tenant)).or_default().push(customer);
            }
        }
        Ok(sample)
    }

    /// Verifies a tenant's customers, all or some.
    async fn tenant(
        &mut self,
        partition: Partition,
        tenant: Uuid,
        only: Option<&[Uuid]>,
    ) -> Result<(), StoreError> {
        let begin = "begin isolation level repeatable read";
        let mut snapshot = self.views.begin_with(begin).await?;
        let names: Vec<_> = self.found.iter().map(|(view, _)| view.name()).collect();
        let (all_at, head) = reached(&mut snapshot, partition, &names).await?;
        let views = self.found.iter().map(|(view, _)| *view).chain([RESERVATIONS]);
        let mut batches: Vec<_> = views.map(ProjectionBatch::new).collect();
        let mut until = vec![0; usize::from(PARTITIONS.unsigned_abs())];
        if let Some(until) = until.get_mut(partition.index()) {
            *until = all_at;
        }
        let folder = Folder { upcasters: self.upcasters, until: &until };
        let sees_who = self.found.iter().any(|(view, _)| view.sees_who());
        for range in ranges(tenant, only) {
            let mut events = events(&mut self.log, &range, sees_who).await?;
            folder.fold(&mut events, &mut batches, &mut snapshot).await?;
        }
        // Projections have different positions: customers with events in between are not compared.
        let without = customers_between(&mut snapshot, partition, all_at, head).await?;
        read_whole_tables(&mut snapshot).await?;
        for (view, found) in &mut self.found {
            let count = i64::try_from(without.len()).unwrap_or(i64::MAX);
            found.left_out = found.left_out.saturating_add(count);
            let rows = ComparedRows {
                projection: *view,
                schema: "pg_temp",
                partitions: &[partition.number()],
                without: &without,
                tenant: Some(tenant),
                only,
            };
            rows.compare(&mut snapshot, found).await?;
        }
        let whose = (partition, tenant);
        let reservations = &mut self.reservations;
        reservations::compare(&mut snapshot, whose, &without, only, reservations).await?;
        tenants::compare(&mut snapshot, whose, self.upcasters, &mut self.tenants).await?;
        keys::compare(&mut snapshot, whose, &mut self.keys).await?;
        if only.is_none() {
            if self.found.iter().any(|(view, _)| view.name() == CustomerList.name()) {
                counts::compare(&mut snapshot, whose, &mut self.counts).await?;
            }
            answers::compare(&mut snapshot, whose, self.answer_key, &mut self.answers).await?;
        }
        snapshot.commit().await?;
        Ok(())
    }
}

/// The lowest position of the projections in a partition, and the end of the log.
async fn reached(
    connection: &mut PgConnection,
    partition: Partition,
    projections: &[&str],
) -> sqlx::Result<(i64, i64)> {
    let head: i64 = query_scalar("select position from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(&mut *connection)
        .await?;
    let lowest: Option<i64> = query_scalar(
        "select min(k.position)
           from checkpoints as k
           join projections as p on p.name = k.projection and p.generation = k.generation
          where k.partition = $1 and p.state = 'live' and p.name = any ($2)",
    )
    .bind(partition.number())
    .bind(projections)
    .fetch_one(connection)
    .await?;
    Ok((lowest.unwrap_or(head), head))
}

/// The ranges of the log with these customers' streams.
fn ranges(tenant: Uuid, only: Option<&[Uuid]>) -> Vec<Range> {
    let Some(customers) = only else {
        // The digit 0 comes after the slash.
        return vec![Range { from: format!("{tenant}/"), until: format!("{tenant}0") }];
    };
    let range = |customer: &Uuid| {
        let before = Uuid::from_u128(customer.as_u128().saturating_sub(1));
        Range { from: format!("{tenant}/{before}"), until: format!("{tenant}/{customer}") }
    };
    customers.iter().map(range).collect()
}
