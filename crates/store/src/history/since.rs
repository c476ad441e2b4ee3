//! Which versions changed some fields of a customer after another version.

use std::collections::BTreeMap;

use domain::CustomerId;
use sqlx::{PgConnection, query_as};

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::as_tenant;

/// How many versions are named for a field: the latest.
const NAMED_MAX: i32 = 20;

/// For each of these fields of a customer, the versions after `version` that changed it or a field below it, as
/// far as the read model has them.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn changed_after(
    connection: &mut PgConnection,
    tenant: TenantRef,
    (customer, version): (CustomerId, i64),
    fields: Vec<String>,
) -> Result<BTreeMap<String, Vec<i64>>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let rows: Vec<(String, i64)> = query_as(
        "select w.field, f.version
           from unnest($4::text[]) as w(field)
          cross join lateral (
                select f.version
                  from field_changes as f
                 where f.partition = $1 and f.tenant_id = $2 and f.customer_id = $3
                   and f.field = w.field and f.version > $5
                 order by f.version desc
                 limit $6) as f
          order by w.field, f.version",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(customer.0)
    .bind(fields)
    .bind(version)
    .bind(NAMED_MAX)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (field, version) in rows {
        found.entry(field).or_default().push(version);
    }
    Ok(found)
}
