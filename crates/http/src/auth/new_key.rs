//! New API keys: their secret, and the event that says what they may do.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use domain::Timestamp;
use domain::check::{Checked, Violation};
use domain::tenant::{Actor, ApiKeyScope, CreatedApiKey};
use store::api_keys::Scope;

use super::api_key::ApiKey;

/// The highest rate that the table of keys holds.
const REQUESTS_PER_SECOND_MAX: u32 = i32::MAX.cast_unsigned();

/// Why there is no new key.
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
    /// The rate is beyond what is stored.
    #[error("the requests per second must be at most {REQUESTS_PER_SECOND_MAX}")]
    Rate,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for the key")]
    Randomness,
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

impl ApiKey {
    /// A new key with a random secret, and the event of its creation. The result has the only copy of the secret.
    pub fn new(
        name: &str,
        scopes: &[Scope],
        limits: &KeyLimits,
    ) -> Result<(Self, CreatedApiKey), NewKeyError> {
        let name = name.parse().map_err(NewKeyError::Name)?;
        if scopes.contains(&Scope::Operator) && scopes != [Scope::Operator] {
            return Err(NewKeyError::OperatorNotAlone);
        }
        if limits.requests_per_second.is_some_and(|rate| rate.get() > REQUESTS_PER_SECOND_MAX) {
            return Err(NewKeyError::Rate);
        }
        let (mut id, mut secret) = ([0; 8], [0; 32]);
        getrandom::fill(&mut id).map_err(|_| NewKeyError::Randomness)?;
        getrandom::fill(&mut secret).map_err(|_| NewKeyError::Randomness)?;
        let key = Self::from_random(id, secret);
        let scopes: Result<Vec<ApiKeyScope>, _> =
            scopes.iter().map(|scope| scope.as_str().parse()).collect();
        let actors: Result<Vec<Actor>, _> =
            limits.actors.iter().map(|actor| actor.parse()).collect();
        let created = CreatedApiKey {
            key_id: key.id().parse().map_err(NewKeyError::Name)?,
            name,
            scopes: scopes.map_err(NewKeyError::Name)?.into(),
            actors: actors.map_err(NewKeyError::Actors)?.into(),
            requests_per_second: limits.requests_per_second,
            expires_at: limits.expires_at.map(Timestamp::from),
        };
        let created = Checked::new(created).map_err(|mut found| {
            let wrong = found.pop();
            NewKeyError::Actors(wrong.unwrap_or_else(|| Violation::invalid("must be fewer")))
        })?;
        Ok((key, created.into_inner()))
    }
}
