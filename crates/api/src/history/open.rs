//! How many streams a tenant has open, which is bounded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;

/// Streams, exports and waiting requests that one tenant may have open at one instance.
pub(crate) const OPEN_MAX: usize = 100;

/// The open streams of all tenants. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Open(Arc<Mutex<HashMap<TenantId, usize>>>);

/// An open stream. Closed when dropped.
#[derive(Debug)]
pub(crate) struct Opened {
    all: Open,
    tenant: TenantId,
}

impl Open {
    /// One more of a tenant; nothing when it has as many as it may.
    pub(crate) fn one_more(&self, tenant: TenantId) -> Option<Opened> {
        let mut counts = self.counts();
        let count = counts.entry(tenant).or_default();
        if *count >= OPEN_MAX {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Opened { all: self.clone(), tenant })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<TenantId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut counts = self.all.counts();
        if let Some(count) = counts.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.tenant);
            }
        }
    }
}
