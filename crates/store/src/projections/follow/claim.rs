//! Which projections a batch is for, and how far they have come.

use sqlx::{FromRow, PgConnection, query, query_as};
use uuid::Uuid;

use super::standings::place;
use crate::partition::Partition;
use crate::projections::generation::Generation;
use crate::projections::{Key, Projection};

/// A generation of a projection whose checkpoint in one partition is held by this transaction.
pub(crate) struct Claim {
    pub(crate) generation: Generation,
    /// Whether its tables are those that are read.
    live: bool,
    /// Everything up to here is in its rows.
    pub(crate) position: i64,
    /// Where the log ended when the checkpoint was claimed.
    pub(crate) head: i64,
    /// Whether any customer's stream is parked in it.
    pub(crate) parked: bool,
}

#[derive(FromRow)]
struct Row {
    projection: String,
    generation: i32,
    live: bool,
    position: i64,
    head: i64,
    parked: bool,
}

/// Claims what of `projections` nobody else is at in this partition, until the transaction ends.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    partition: Partition,
    projections: &[&'static dyn Projection],
) -> sqlx::Result<Vec<Claim>> {
    let names: Vec<_> = projections.iter().map(|projection| projection.name()).collect();
    let logic: Vec<_> = projections.iter().map(|projection| projection.logic_version()).collect();
    let rows: Vec<Row> = query_as(
        "select projection, generation, live, position, head, parked
           from claim_checkpoints($1, $2, $3)",
    )
    .bind(partition.number())
    .bind(names)
    .bind(logic)
    .fetch_all(connection)
    .await?;
    let claim = |row: Row| {
        let projection = projections.iter().find(|known| known.name() == row.projection)?;
        let Row { projection: _, generation: number, live, position, head, parked } = row;
        let generation = Generation { projection: *projection, number };
        Some(Claim { generation, live, position, head, parked })
    };
    Ok(rows.into_iter().filter_map(claim).collect())
}

impl Claim {
    /// From here on the transaction's statements mean this generation's tables.
    pub(crate) async fn enter(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if self.live { Ok(()) } else { self.generation.enter(connection).await }
    }

    /// From here on they mean the live tables again.
    pub(crate) async fn leave(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        if self.live { Ok(()) } else { self.generation.leave(connection).await }
    }

    /// Which of `customers` are parked in it.
    pub(crate) async fn parked_among(
        &self,
        connection: &mut PgConnection,
        customers: &[Key],
    ) -> sqlx::Result<Vec<Key>> {
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

/// Moves the checkpoints of `claims` to `position`.
pub(crate) async fn move_on(
    connection: &mut PgConnection,
    partition: Partition,
    claims: &[Claim],
    position: i64,
) -> sqlx::Result<()> {
    let names: Vec<_> = claims.iter().map(|claim| claim.generation.projection.name()).collect();
    let generations: Vec<_> = claims.iter().map(|claim| claim.generation.number).collect();
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
