//! A tenant's API keys, for its administrators.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query_as};

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::scope::as_tenant;

/// Keys that are listed, at most.
const LISTED_MAX: i32 = 500;

/// A key without its secret, and when it was last used.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct TenantKey {
    /// Its public id.
    pub key_id: String,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The actors that a request with it may name. Absent: any.
    pub actors: Option<Vec<String>>,
    /// Requests per second at each instance, if limited.
    pub requests_per_second: Option<i32>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires. Absent: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last changed a customer, or was recorded to read one.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The tenant's keys, the newest first, at most 500.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn tenant_keys(
    connection: &mut PgConnection,
    tenant: TenantRef,
) -> Result<Vec<TenantKey>, StoreError> {
    let mut transaction = as_tenant(connection, tenant.id).await?;
    let keys = query_as(
        "select k.key_id, k.name, k.scopes, k.actors, k.requests_per_second, k.created_at, k.expires_at,
                k.revoked_at, greatest(r.at, w.at) as last_used_at
           from list_api_keys($1, $2, $3) as k
           left join lateral (
                select read_at as at
                  from read_audit
                 where partition = $1 and tenant_id = $2 and api_key = k.key_id
                 order by read_at desc
                 limit 1) as r on true
           left join lateral (
                select e.recorded_at as at
                  from (select position
                          from audit_entries
                         where partition = $1 and tenant_id = $2 and api_key = k.key_id
                         order by position desc
                         limit 1) as a
                 cross join lateral (
                       select recorded_at from events
                        where partition = $1 and position = a.position
                        limit 1) as e) as w on true
          order by k.created_at desc, k.key_id",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(LISTED_MAX)
    .fetch_all(&mut *transaction)
    .await?;
    transaction.rollback().await?;
    Ok(keys)
}
