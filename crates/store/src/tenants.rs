//! The tenants of this database, for operators.

use chrono::{DateTime, Utc};
use domain::TenantId;
use sqlx::{PgConnection, query_as, query_scalar};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::partition::Partition;

/// Tenants listed at a time.
const LISTED_MAX: i64 = 1_000;

/// A tenant, as operators see it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TenantSummary {
    /// The tenant.
    pub tenant: TenantRef,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// The tenants after `after` in the order of their ids, at most 1,000.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn list(
    connection: &mut PgConnection,
    after: Option<TenantId>,
) -> Result<Vec<TenantSummary>, StoreError> {
    let rows: Vec<(i16, Uuid, String, DateTime<Utc>)> = query_as(
        "select partition, tenant_id, coalesce(state ->> 'name', ''), created_at
           from tenants
          where tenant_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
          order by tenant_id
          limit $2",
    )
    .bind(after.map(|after| after.0))
    .bind(LISTED_MAX)
    .fetch_all(connection)
    .await?;
    let summary = |(partition, id, name, created_at)| {
        Ok(TenantSummary { tenant: tenant_ref(partition, id)?, name, created_at })
    };
    rows.into_iter().map(summary).collect()
}

/// The tenant with its partition, if it exists.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn find(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<TenantRef>, StoreError> {
    let partition: Option<i16> =
        query_scalar("select partition from tenants where tenant_id = $1 limit 1")
            .bind(tenant.0)
            .fetch_optional(connection)
            .await?;
    partition.map(|partition| tenant_ref(partition, tenant.0)).transpose()
}

fn tenant_ref(partition: i16, id: Uuid) -> Result<TenantRef, StoreError> {
    let partition = Partition::new(partition)
        .ok_or_else(|| StoreError::unreadable("a tenant", "no such partition"))?;
    Ok(TenantRef { id: TenantId(id), partition })
}
