//! The caller of a request.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use store::TenantRef;
use store::api_keys::{Scope, StoredKey};

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

    /// The actors that its requests may name; absent means any.
    pub fn actors(&self) -> Option<&[String]> {
        self.0.actors.as_deref()
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
