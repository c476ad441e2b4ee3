//! Current state of customers and tenants.

use sqlx::{FromRow as _, PgConnection, query, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::{Current, Reference, TenantRef};

/// The existing ones of these customers, in any order.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn current(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customers: Vec<Uuid>,
) -> Result<Vec<Current>, StoreError> {
    let found = query_as(
        "select customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_customers($1, $2, $3)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(customers)
    .fetch_all(connection)
    .await?;
    Ok(found)
}

/// The customer that `reference` names, if it exists.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn customer(
    connection: &mut PgConnection,
    tenant: TenantRef,
    reference: &Reference,
) -> Result<Option<Current>, StoreError> {
    if let Reference::Id(id) = reference {
        return Ok(current(connection, tenant, vec![id.0]).await?.pop());
    }
    let reservations = reference.reservations();
    let kinds: Vec<_> =
        reservations.iter().map(|reservation| reservation.kind.as_str().to_owned()).collect();
    let key =
        reservations.into_iter().next().map(|reservation| reservation.key).unwrap_or_default();
    let found = query_as(
        "select customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_customer_by_key($1, $2, $3, $4)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(kinds)
    .bind(key)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// The tenant's settings, if it exists.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn tenant(
    connection: &mut PgConnection,
    tenant: TenantRef,
) -> Result<Option<Current>, StoreError> {
    let row = query(
        "select $2 as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_tenant($1, $2)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(Current::from_row).transpose()?)
}
