//! Creating API keys.

use http::ApiKey;
use sqlx::PgConnection;
use store::api_keys::{self, NewKey, Scope};
use store::{StoreError, TenantRef};

pub use http::KeyLimits;

use crate::operator::by_operator;

/// Why a key was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewKeyError {
    /// It can't be one.
    #[error(transparent)]
    New(#[from] http::NewKeyError),
    /// There is no such tenant.
    #[error("there is no such tenant")]
    NoSuchTenant,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates a key. The result is the only copy of its secret. The connection must work as
/// [`store::Role::KeyAdmin`].
///
/// # Errors
///
/// A [`NewKeyError`]; nothing was created then.
pub async fn create_key(
    connection: &mut PgConnection,
    tenant: TenantRef,
    name: &str,
    scopes: &[Scope],
    limits: KeyLimits,
) -> Result<ApiKey, NewKeyError> {
    let (key, created) = ApiKey::new(name, scopes, &limits)?;
    let new = NewKey { tenant, key: created, secret_hash: key.secret_hash() };
    if api_keys::create(connection, new, by_operator("create-key")).await? {
        Ok(key)
    } else {
        Err(NewKeyError::NoSuchTenant)
    }
}
