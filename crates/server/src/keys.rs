//! Creating API keys.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use domain::Timestamp;
use domain::check::{Checked, Violation};
use domain::tenant::{Actor, ApiKeyScope, CreatedApiKey};
use http::ApiKey;
use sqlx::PgConnection;
use store::api_keys::{self, NewKey, Scope};
use store::{StoreError, TenantRef};

use crate::operator::by_operator;

/// Why a key was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewKeyError {
    /// The name is not valid.
    #[error("the name {0}")]
    Name(Violation),
    /// `operator` reaches beyond the tenant, the other scopes don't.
    #[error("the scope operator can't be combined with other scopes: create two keys")]
    OperatorNotAlone,
    /// An actor is not valid, or there are too many.
    #[error("the actors: {}", .0.detail)]
    Actors(Violation),
    /// There is no such tenant.
    #[error("there is no such tenant")]
    NoSuchTenant,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for the key")]
    Randomness,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The limits of a key. By default it has none of its own.
#[derive(Clone, Debug, Default)]
pub struct KeyLimits {
    /// When it expires; never, when absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// Requests per second at each instance; the service's setting, when absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// The actors that its requests may name; any, when empty.
    pub actors: Vec<String>,
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
    let name = name.parse().map_err(NewKeyError::Name)?;
    if scopes.contains(&Scope::Operator) && scopes != [Scope::Operator] {
        return Err(NewKeyError::OperatorNotAlone);
    }
    let (mut id, mut secret) = ([0; 8], [0; 32]);
    getrandom::fill(&mut id).map_err(|_| NewKeyError::Randomness)?;
    getrandom::fill(&mut secret).map_err(|_| NewKeyError::Randomness)?;
    let key = ApiKey::from_random(id, secret);
    let scopes: Result<Vec<ApiKeyScope>, _> =
        scopes.iter().map(|scope| scope.as_str().parse()).collect();
    let actors: Result<Vec<Actor>, _> = limits.actors.iter().map(|actor| actor.parse()).collect();
    let created = CreatedApiKey {
        key_id: key.id().parse().map_err(NewKeyError::Name)?,
        name,
        scopes: scopes.map_err(NewKeyError::Name)?.into(),
        actors: actors.map_err(NewKeyError::Actors)?.into(),
        requests_per_second: limits.requests_per_second,
        expires_at: limits.expires_at.map(Timestamp::from),
    };
    let created = Checked::new(created).map_err(|mut found| {
        NewKeyError::Actors(found.pop().unwrap_or_else(|| Violation::invalid("must be fewer")))
    })?;
    let new = NewKey { tenant, key: created.into_inner(), secret_hash: key.secret_hash() };
    if api_keys::create(connection, new, by_operator("create-key")).await? {
        Ok(key)
    } else {
        Err(NewKeyError::NoSuchTenant)
    }
}
