//! A generation of a projection: its tables and its parked streams.

use sqlx::{PgConnection, query};

use super::fold::StreamStop;
use crate::model::StreamKey;
use crate::projections::projection::Projection;

/// A generation of a projection.
#[derive(Clone, Copy)]
pub(crate) struct Generation {
    pub(crate) projection: &'static dyn Projection,
    pub(crate) number: i32,
}

impl Generation {
    /// The schema of its tables while it is not live.
    pub(crate) fn schema(&self) -> String {
        format!("{}_g{}", self.projection.name(), self.number)
    }

    /// Makes the transaction's statements use this generation's tables. It is not live.
    pub(crate) async fn enter(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        query("select set_config('search_path', $1, true)")
            .bind(format!("{}, public", self.schema()))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Makes them use the live tables again.
    pub(crate) async fn leave(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        query("set local search_path = public").execute(connection).await?;
        Ok(())
    }

    /// Parks a customer's stream.
    pub(crate) async fn park(
        &self,
        connection: &mut PgConnection,
        key: &StreamKey,
        stop: &StreamStop,
    ) -> sqlx::Result<()> {
        query(
            "insert into parked_streams (partition, projection, generation, tenant_id, customer_id,
                                         sequence, position, event_type, failure, timed_out)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict on constraint parked_streams_pkey do update
                set sequence = excluded.sequence, position = excluded.position,
                    event_type = excluded.event_type, failure = excluded.failure,
                    timed_out = excluded.timed_out, parked_at = clock_timestamp()",
        )
        .bind(key.partition.number())
        .bind(self.projection.name())
        .bind(self.number)
        .bind(key.tenant.0)
        .bind(key.customer.0)
        .bind(stop.sequence)
        .bind(stop.position)
        .bind(&stop.event_type)
        .bind(&stop.failure)
        .bind(stop.timed_out)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Resumes a customer's stream.
    pub(crate) async fn unpark(
        &self,
        connection: &mut PgConnection,
        key: &StreamKey,
    ) -> sqlx::Result<()> {
        query(
            "delete from parked_streams
              where partition = $1 and projection = $2 and generation = $3
                and tenant_id = $4 and customer_id = $5",
        )
        .bind(key.partition.number())
        .bind(self.projection.name())
        .bind(self.number)
        .bind(key.tenant.0)
        .bind(key.customer.0)
        .execute(connection)
        .await?;
        Ok(())
    }
}
