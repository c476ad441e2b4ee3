//! Places, of which each tenant may have so many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;

/// The places of all tenants.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Taken,
}

/// A place that is taken. Left when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    taken: Taken,
    tenant: TenantId,
}

/// How many places a tenant has, if any.
type Taken = Arc<Mutex<HashMap<TenantId, usize>>>;

impl Places {
    /// So many for each tenant.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// One more place for a tenant; nothing when it has as many as it may.
    pub(super) fn take(&self, tenant: TenantId) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(tenant).or_default();
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place { taken: Arc::clone(&self.taken), tenant })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.tenant);
            }
        }
    }
}

fn lock(taken: &Taken) -> MutexGuard<'_, HashMap<TenantId, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
