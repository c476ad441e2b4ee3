//! When some versions of a customer were made.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use sqlx::{PgConnection, query_as};

use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::TenantRef;
use crate::queries::as_tenant;

/// The times of these versions, in their order. One look-up in the log's index for each.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn times(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
    versions: &[i64],
) -> Result<Vec<(i64, DateTime<Utc>)>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let times = query_as(
        "select w.version, e.recorded_at
           from unnest($3::bigint[]) with ordinality as w(version, nth)
          cross join lateral (
                select recorded_at
                  from events as e
                 where e.aggregate_type = 'customer' and e.aggregate_id = $2
                   and e.sequence = w.version and e.partition = $1
                 limit 1) as e
          order by w.nth",
    )
    .bind(tenant.partition.number())
    .bind(customer_stream(tenant.id, customer))
    .bind(versions)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    Ok(times)
}
