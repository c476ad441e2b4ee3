//! A tenant's API keys: listing them; and creating and revoking them, where the service may.

use sqlx::{Connection as _, query_scalar};

use crate::api_keys::{self, NewKey};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::model::TenantRef;
use crate::queries::{self, TenantKey};
use crate::read_pool::ask_on;
use crate::store::handle::Store;
use crate::writer::submission::Metadata;

impl Store {
    /// The tenant's keys, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn tenant_keys(&self, tenant: TenantRef) -> Result<Vec<TenantKey>, StoreError> {
        self.ask(tenant, move |connection| Box::pin(queries::tenant_keys(connection, tenant))).await
    }

    /// Whether the service may create and revoke keys: whether its login has the role `dossier_key_manager`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn manages_keys(&self) -> Result<bool, StoreError> {
        ask_on(&self.inner.pools.operators, |connection| {
            Box::pin(async move {
                let may = query_scalar(
                    "select pg_has_role(session_user, 'dossier_key_manager', 'member')",
                );
                Ok(may.fetch_one(connection).await?)
            })
        })
        .await
    }

    /// Creates a key of the tenant; never one with the scope `operator`. Returns false if there is no such tenant.
    ///
    /// # Errors
    ///
    /// Those of [`api_keys::create`]. The service must [manage keys](Store::manages_keys).
    pub async fn create_key(&self, new: NewKey, metadata: Metadata) -> Result<bool, StoreError> {
        let mut connection = connect(&self.inner.database, Role::KeyManager).await?;
        let created = api_keys::create_for_tenant(&mut connection, new, metadata).await?;
        connection.close().await?;
        Ok(created)
    }

    /// Revokes a key of the tenant. Returns false if the tenant has no such key. Revoking again changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`api_keys::revoke`]. The service must [manage keys](Store::manages_keys).
    pub async fn revoke_key(
        &self,
        tenant: TenantRef,
        key_id: &str,
        metadata: Metadata,
    ) -> Result<bool, StoreError> {
        let mut connection = connect(&self.inner.database, Role::KeyManager).await?;
        let revoked = api_keys::revoke_of(&mut connection, Some(tenant), key_id, metadata).await?;
        connection.close().await?;
        Ok(revoked)
    }
}
