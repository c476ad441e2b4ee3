//! The tenants that have as many stored answers as they may.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use domain::TenantId;

use crate::connections::Connections;

/// The tenants that have as many stored answers as they may.
pub(super) struct KeyLimits {
    pub(super) connections: Connections,
    pub(super) full: RwLock<HashSet<TenantId>>,
    pub(super) any_full: AtomicBool,
    /// Commands with an idempotency key since the last check.
    pub(super) since: AtomicU64,
}

impl KeyLimits {
    pub(super) fn new(connections: Connections) -> Self {
        let (full, any_full, since) = Default::default();
        Self { connections, full, any_full, since }
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }

    pub(super) fn is_full(&self, tenant: TenantId) -> bool {
        self.any_full.load(Ordering::Relaxed)
            && self.full.read().unwrap_or_else(PoisonError::into_inner).contains(&tenant)
    }
}
