//! Leases: the projections that a batch moves, and their positions.

use sqlx::{FromRow, PgConnection, query, query_as};
use uuid::Uuid;

use super::state_cache::place;
use crate::model::StreamKey;
use crate::partition::Partition;
use crate::projections::generation::Generation;
use crate::projections::projection::Projection;

/// A generation of a projection whose checkpoint in one partition is locked by this transaction.
pub(crate) struct CheckpointLease {
    pub(crate) generation: Generation,
    /// Whether its tables are live.
    live: bool,
    /// The position of its rows.
    pub(crate) position: i64,
    /// The end of the log when the checkpoint was locked.
    pub(crate) head: i64,
    /// Whether any stream is parked in it.
    pub(crate) parked: bool,
}

#[derive(FromRow)]
struct CheckpointRow {
    projection: String,
    generation: i32,
    live: bool,
    position: i64,
    head: i64,
    parked: bool,
}

/// Locks the checkpoints of `projections` in this partition that are not locked by others, until
/// the transaction ends.
pub(crate) async fn lease_checkpoints(
    connection: &mut PgConnection,
    partition: Partition,
    projections: &[&'static dyn Projection],
) -> sqlx::Result<Vec<CheckpointLease>> {
    let names: Vec<_> = projections.iter().map(|projection| projection.name()).collect();
    let logic: Vec<_> = projections.iter().map(|projection| projection.logic_version()).collect();
    let rows: Vec<CheckpointRow> = query_as(
        "select projection, generation, live, position, head, parked
           from claim_checkpoints($1, $2, $3)",
    )
    .bind(partition.number())
    .bind(names)
    .bind(logic)
    .fetch_all(connection)
    .await?;
    let lease = |row: CheckpointRow| {
        let projection = projections.iter().find(|known| known.name() == row.projection)?;
        let CheckpointRow { projection: _, generation: number, live, position, head, parked } = row;
        let generation = Generation { projection: *projection, number };
        Some(CheckpointLease { generation, live, position, head, parked })
    };
    Ok(rows.into_iter().filter_map(lease).collect())
}

impl CheckpointLease {
    /// Makes the transaction's statements use this generation's tables.
    pub(crate) async fn enter(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if self.live { Ok(()) } else { self.generation.enter(connection).await }
    }

    /// Makes them use the live tables again.
    pub(crate) async fn leave(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if self.live { Ok(()) } else { self.generation.leave(connection).await }
    }

    /// The customers that are parked in it.
    pub(crate) async fn parked_among(
        &self,
        connection: &mut PgConnection,
        customers: &[StreamKey],
    ) -> sqlx::Result<Vec<StreamKey>> {
        let Some(first) = customers.first().filter(|_| self.parked) else { return Ok(Vec::new()) };
        let tenants: Vec<Uuid> = customers.iter().map(|key| key.tenant.0).collect();
        let ids: Vec<Uuid> = customers.iter().map(|key| key.customer.0).collect();
        let rows: Vec<(i64,)> = query_as(
            "select w.nth
               from unnest($4::uuid[], $5::uuid[]) with ordinality as w(tenant_id, customer_id, nth)
              cross join lateral (
                    select 1 from parked_streams as s
                     where s.partition = $1 and s.projection = $2 and s.generation = $3
                       and s.tenant_id = w.tenant_id and s.customer_id = w.customer_id
                     limit 1) as s
              order by w.nth",
        )
        .bind(first.partition.number())
        .bind(self.generation.projection.name())
        .bind(self.generation.number)
        .bind(tenants)
        .bind(ids)
        .fetch_all(connection)
        .await?;
        let index = |(nth,): (i64,)| place(nth);
        Ok(rows.into_iter().filter_map(|row| customers.get(index(row)?).copied()).collect())
    }
}

/// Moves the checkpoints of `leases` to `position`.
pub(crate) async fn move_checkpoints(
    connection: &mut PgConnection,
    partition: Partition,
    leases: &[CheckpointLease],
    position: i64,
) -> sqlx::Result<()> {
    let names: Vec<_> = leases.iter().map(|lease| lease.generation.projection.name()).collect();
    let generations: Vec<_> = leases.iter().map(|lease| lease.generation.number).collect();
    query(
        "update checkpoints as c set position = $4
           from unnest($2::text[], $3::integer[]) as w(projection, generation)
          where c.partition = $1 and c.projection = w.projection and c.generation = w.generation",
    )
    .bind(partition.number())
    .bind(names)
    .bind(generations)
    .bind(position)
    .execute(connection)
    .await?;
    Ok(())
}
