//! Current state of customers and tenants.

use sqlx::{FromRow as _, PgConnection, Row as _, query, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::{Current, Mark, Reference, TenantRef};

/// The existing ones of these customers, in any order.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
async fn current(
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

/// Customers, and the head of their partition in the same snapshot.
pub(crate) struct AtHead {
    pub(crate) head: Mark,
    pub(crate) customers: Vec<Current>,
}

/// The existing ones of these customers, in any order, and the head of their partition.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when there is no such head.
pub(crate) async fn current_at_head(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customers: Vec<Uuid>,
) -> Result<AtHead, StoreError> {
    let rows = query(
        "select head_position, head_fence, head_hash, customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_customers_at_head($1, $2, $3)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(customers)
    .fetch_all(connection)
    .await?;
    let first = rows.first().ok_or_else(|| StoreError::unreadable("a head", "it is missing"))?;
    let hash: Vec<u8> = first.try_get("head_hash")?;
    let head = Mark {
        position: first.try_get("head_position")?,
        fence: first.try_get("head_fence")?,
        hash: hash
            .try_into()
            .map_err(|_| StoreError::unreadable("a head", "the hash isn't 32 bytes"))?,
    };
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<Option<Uuid>, _>("id")?.is_some() {
            found.push(Current::from_row(row)?);
        }
    }
    Ok(AtHead { head, customers: found })
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
