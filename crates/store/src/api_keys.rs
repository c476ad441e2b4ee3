//! API keys: tenant, scopes and actors of callers. Secrets are stored as SHA-256 only.

mod manage;

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use domain::TenantId;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::partition::Partition;

pub use self::manage::{NewKey, create, revoke};
pub(crate) use self::manage::{create_for_tenant, revoke_of};

/// What a key may be used for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// Read current state.
    Read,
    /// Send commands.
    Write,
    /// Read history.
    Audit,
    /// Change settings of the whole tenant.
    Admin,
    /// Operate the service, for all tenants. A tenant's keys never have it.
    Operator,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Audit, Self::Admin, Self::Operator];
    /// The scopes of a tenant's services. They never reach beyond the tenant.
    pub const OF_TENANT: [Self; 4] = [Self::Read, Self::Write, Self::Audit, Self::Admin];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Audit => "audit",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

/// There is no such scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a scope is one of read, write, audit, admin, operator")]
pub struct NoSuchScope;

impl std::str::FromStr for Scope {
    type Err = NoSuchScope;

    fn from_str(name: &str) -> Result<Self, NoSuchScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(NoSuchScope)
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredKey {
    /// Its public id.
    pub key_id: String,
    /// Its tenant. Nothing else determines the tenant of a caller.
    pub tenant: TenantRef,
    /// Its name.
    pub name: String,
    /// The SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The actors that a request with it may name. Absent: any.
    pub actors: Option<Vec<String>>,
    /// Requests per second at each instance, if limited.
    pub requests_per_second: Option<NonZeroU32>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires. Absent: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The database's clock when the key was read.
    pub read_at: DateTime<Utc>,
}

impl StoredKey {
    /// Whether the key was valid when it was read.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| self.read_at < end)
    }
}

#[derive(FromRow)]
struct KeyRow {
    key_id: String,
    partition: i16,
    tenant_id: Uuid,
    name: String,
    secret_hash: Vec<u8>,
    scopes: Vec<String>,
    actors: Option<Vec<String>>,
    requests_per_second: Option<i32>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    read_at: DateTime<Utc>,
}

impl TryFrom<KeyRow> for StoredKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let scopes: Result<_, NoSuchScope> = row.scopes.iter().map(|name| name.parse()).collect();
        let partition = Partition::new(row.partition)
            .ok_or_else(|| StoreError::unreadable("an API key", "no such partition"))?;
        Ok(Self {
            key_id: row.key_id,
            tenant: TenantRef { id: TenantId::from(row.tenant_id), partition },
            name: row.name,
            secret_hash: row.secret_hash,
            scopes: scopes.map_err(|error| StoreError::unreadable("an API key", error))?,
            actors: row.actors,
            requests_per_second: row
                .requests_per_second
                .and_then(|rate| u32::try_from(rate).ok())
                .and_then(NonZeroU32::new),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            read_at: row.read_at,
        })
    }
}

/// The key with this id, if it exists.
pub(crate) async fn find(
    connection: &mut PgConnection,
    key_id: &str,
) -> Result<Option<StoredKey>, StoreError> {
    let row: Option<KeyRow> =
        query_as("select * from find_api_key($1)").bind(key_id).fetch_optional(connection).await?;
    row.map(StoredKey::try_from).transpose()
}

/// The tenant's keys, oldest first, at most 1,000. The connection works as [`Role::KeyAdmin`](crate::Role).
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<StoredKey>, StoreError> {
    let rows: Vec<KeyRow> = query_as(
        "select key_id, partition, tenant_id, name, secret_hash, scopes, actors,
                requests_per_second, created_at, expires_at, revoked_at, clock_timestamp() as read_at
           from api_keys
          where tenant_id = $1
          order by created_at, key_id
          limit 1000",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(StoredKey::try_from).collect()
}
