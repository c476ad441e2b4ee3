//! The number of a tenant's customers by status, kept with the list of customers.

use std::collections::BTreeMap;

use sqlx::{PgConnection, query};
use uuid::Uuid;

use crate::model::StreamKey;

/// What a batch of events changes in the numbers of customers, by partition, tenant and status.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(i16, Uuid, String), i64>);

impl Counts {
    /// Counts a customer that has moved `from` one status `to` another. `from` is absent if it was not listed.
    pub(crate) fn moved(&mut self, key: &StreamKey, from: Option<String>, to: Option<String>) {
        if from == to {
            return;
        }
        for (status, by) in [(from, -1), (to, 1)] {
            let Some(status) = status else { continue };
            let change = self.0.entry((key.partition.number(), key.tenant.0, status)).or_default();
            *change = change.saturating_add(by);
        }
    }

    /// Stores the changes: one row for each tenant and status.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let changes: Vec<_> = self.0.iter().filter(|(_, change)| **change != 0).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let partitions: Vec<i16> = changes.iter().map(|((partition, ..), _)| *partition).collect();
        let tenants: Vec<Uuid> = changes.iter().map(|((_, tenant, _), _)| *tenant).collect();
        let statuses: Vec<&str> = changes.iter().map(|((.., status), _)| status.as_str()).collect();
        query(
            "insert into customer_counts as c (partition, tenant_id, status, customers)
             select r.partition, r.tenant_id, r.status, r.customers
               from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[])
                    as r(partition, tenant_id, status, customers)
                 on conflict (partition, tenant_id, status)
                    do update set customers = c.customers + excluded.customers",
        )
        .bind(&partitions)
        .bind(&tenants)
        .bind(&statuses)
        .bind(changes.iter().map(|(_, change)| **change).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
        if changes.iter().all(|(_, change)| **change > 0) {
            return Ok(());
        }
        // As a rebuild makes them: a status that nobody has any more has no row.
        query(
            "delete from customer_counts as c
              using unnest($1::smallint[], $2::uuid[], $3::text[]) as r(partition, tenant_id, status)
              where c.partition = r.partition and c.tenant_id = r.tenant_id and c.status = r.status
                and c.customers = 0",
        )
        .bind(&partitions)
        .bind(&tenants)
        .bind(&statuses)
        .execute(connection)
        .await?;
        Ok(())
    }
}
