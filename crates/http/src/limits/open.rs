//! What stays open for long, with a limit for each tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;

/// What all tenants have open.
#[derive(Debug)]
pub(super) struct OpenLimit {
    most: usize,
    taken: Taken,
}

/// Something that stays open for long, until this is dropped.
#[derive(Debug)]
pub struct Opened {
    taken: Taken,
    tenant: TenantId,
}

/// How many each tenant has open, if any.
type Taken = Arc<Mutex<HashMap<TenantId, usize>>>;

impl OpenLimit {
    /// At most `most` for each tenant.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// One more for a tenant; nothing when it has reached the limit.
    pub(super) fn take(&self, tenant: TenantId) -> Option<Opened> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(tenant).or_default();
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Opened { taken: Arc::clone(&self.taken), tenant })
    }
}

impl Drop for Opened {
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
