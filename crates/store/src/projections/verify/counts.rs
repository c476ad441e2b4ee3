//! Compares the numbers of a tenant's customers with the list, which is compared with the log.

use sqlx::{PgConnection, query_as};
use uuid::Uuid;

use super::tables::VerifiedTable;
use crate::partition::Partition;

/// Compares the numbers of customers of a tenant, by status.
pub(super) async fn compare(
    connection: &mut PgConnection,
    whose: (Partition, Uuid),
    found: &mut VerifiedTable,
) -> sqlx::Result<()> {
    let (partition, tenant) = whose;
    let rows: Vec<(String, Option<i64>, i64)> = query_as(
        "select status, c.customers, coalesce(l.customers, 0)
           from (select status, customers from public.customer_counts
                  where partition = $1 and tenant_id = $2) as c
           full join (select status, count(*) as customers from public.customer_list
                       where partition = $1 and tenant_id = $2
                       group by status) as l using (status)
          order by status",
    )
    .bind(partition.number())
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    for (status, counted, listed) in rows {
        found.rows = found.rows.saturating_add(1);
        match counted {
            None => found.find(whose, None, format!("customers that are {status} aren't counted")),
            Some(counted) if counted != listed => {
                let what =
                    format!("{counted} customers are counted as {status}, but {listed} are listed");
                found.find(whose, None, what);
            }
            Some(_) => {}
        }
    }
    Ok(())
}
