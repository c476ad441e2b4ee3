//! Creates and revokes keys, each in one transaction with its event in the tenant's stream.

use domain::TenantId;
use domain::check::Violation;
use domain::tenant::{ApiKeyId, CreatedApiKey, Event};
use sqlx::{PgConnection, query, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::TenantRef;
use crate::partition::Partition;
use crate::writer::record::{begin, end, record};
use crate::writer::submission::Metadata;

/// A key to create.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its tenant.
    pub tenant: TenantRef,
    /// The event for the tenant's history.
    pub key: CreatedApiKey,
    /// The SHA-256 of its secret.
    pub secret_hash: [u8; 32],
}

/// Creates a key. Returns false if there is no such tenant. The connection has
/// [`Role::KeyAdmin`](crate::Role). `metadata` names the caller.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked, or others keep the tenant's log from being
/// written; [`StoreError::Refused`] when there is a key of that id.
pub async fn create(
    connection: &mut PgConnection,
    new: NewKey,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    create_by(connection, new, metadata, "select create_api_key($1, $2, $3)").await
}

/// The same for a key that doesn't reach beyond its tenant. The connection has [`Role::KeyManager`](crate::Role).
///
/// # Errors
///
/// Those of [`create`], also for the scope `operator`.
pub(crate) async fn create_for_tenant(
    connection: &mut PgConnection,
    new: NewKey,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    create_by(connection, new, metadata, "select create_tenant_api_key($1, $2, $3)").await
}

async fn create_by(
    connection: &mut PgConnection,
    new: NewKey,
    metadata: Metadata,
    statement: &'static str,
) -> Result<bool, StoreError> {
    begin(connection, new.tenant).await?;
    let created = create_within(connection, statement, new, metadata).await;
    end(connection, created).await
}

async fn create_within(
    connection: &mut PgConnection,
    statement: &'static str,
    NewKey { tenant, key, secret_hash }: NewKey,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    let event = Event::ApiKeyCreated(key);
    let Some(position) = record(connection, tenant, event, metadata).await? else {
        return Ok(false);
    };
    query(statement)
        .bind(tenant.partition.number())
        .bind(position)
        .bind(&secret_hash[..])
        .execute(connection)
        .await?;
    Ok(true)
}

/// Revokes a key. Returns false if it does not exist. Revoking again changes nothing. The
/// connection has [`Role::KeyAdmin`](crate::Role). `metadata` names the caller.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked, or others keep the tenant's log from being
/// written.
pub async fn revoke(
    connection: &mut PgConnection,
    key_id: &str,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    revoke_of(connection, None, key_id, metadata).await
}

/// The same for a key of this tenant alone, if one is given. The connection may also have
/// [`Role::KeyManager`](crate::Role).
///
/// # Errors
///
/// Those of [`revoke`].
pub(crate) async fn revoke_of(
    connection: &mut PgConnection,
    of: Option<TenantRef>,
    key_id: &str,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    let Some((tenant, _)) = standing(connection, key_id).await? else { return Ok(false) };
    if of.is_some_and(|of| of != tenant) {
        return Ok(false);
    }
    begin(connection, tenant).await?;
    let revoked = revoke_within(connection, tenant, key_id, metadata).await;
    end(connection, revoked).await
}

async fn revoke_within(
    connection: &mut PgConnection,
    tenant: TenantRef,
    key_id: &str,
    metadata: Metadata,
) -> Result<bool, StoreError> {
    // The lock on the head prevents other changes to the tenant's keys.
    if standing(connection, key_id).await?.is_some_and(|(_, revoked)| revoked) {
        return Ok(true);
    }
    let id: Result<ApiKeyId, Violation> = key_id.parse();
    let key_id = id.map_err(|wrong| StoreError::unreadable("an API key", wrong.to_string()))?;
    let event = Event::ApiKeyRevoked { key_id };
    let position = record(connection, tenant, event, metadata).await?;
    let position =
        position.ok_or_else(|| StoreError::unreadable("an API key", "its tenant isn't there"))?;
    query("select revoke_api_key($1, $2)")
        .bind(tenant.partition.number())
        .bind(position)
        .execute(connection)
        .await?;
    Ok(true)
}

/// The tenant of a key, and whether the key is revoked.
async fn standing(
    connection: &mut PgConnection,
    key_id: &str,
) -> Result<Option<(TenantRef, bool)>, StoreError> {
    let row: Option<(Uuid, i16, bool)> = query_as(
        "select tenant_id, partition, revoked_at is not null from api_keys where key_id = $1",
    )
    .bind(key_id)
    .fetch_optional(connection)
    .await?;
    let Some((tenant, partition, revoked)) = row else { return Ok(None) };
    let partition = Partition::new(partition)
        .ok_or_else(|| StoreError::unreadable("an API key", "no such partition"))?;
    Ok(Some((TenantRef { id: TenantId(tenant), partition }, revoked)))
}
