//! The caller of a request.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::text::key;
use store::TenantRef;
use store::api_keys::{Scope, StoredKey};

use super::new_key::KeyLimits;
use crate::problem::Problem;

/// The caller of a request, identified by its key.
#[derive(Clone, Debug)]
pub struct Caller(pub(super) Arc<StoredKey>);

impl Caller {
    /// The public part of its key.
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// Its tenant.
    pub fn tenant(&self) -> TenantRef {
        self.0.tenant
    }

    /// The rate of its key in requests per second, if the key has its own.
    pub fn requests_per_second(&self) -> Option<NonZeroU32> {
        self.0.requests_per_second
    }

    /// Requires that its key may act for this actor.
    ///
    /// # Errors
    ///
    /// A 403 when the key has a list of actors, and this one is not in it.
    pub fn require_actor(&self, actor: &str) -> Result<(), Problem> {
        match &self.0.actors {
            Some(allowed) if allowed.iter().all(|known| key(known) != key(actor)) => {
                tracing::info!(key_id = self.key_id(), "a key names an actor that it may not name");
                Err(Problem::actor_not_allowed(actor, allowed))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a key with these limits is at least as limited as its own: in the actors, and in the rate.
    pub fn covers(&self, limits: &KeyLimits) -> bool {
        let actors = self.0.actors.as_ref().is_none_or(|own| {
            !limits.actors.is_empty() && limits.actors.iter().all(|actor| own.contains(actor))
        });
        let rate = self
            .0
            .requests_per_second
            .is_none_or(|own| limits.requests_per_second.is_some_and(|wanted| wanted <= own));
        actors && rate
    }

    /// Whether its key has this scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.0.scopes.contains(&scope)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::unauthorized)
    }
}
