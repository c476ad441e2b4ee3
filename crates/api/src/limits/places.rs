//! Places, of which each tenant may have so many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;

/// The places of all tenants. Those of one tenant share a `T`, for as long as it has any.
#[derive(Debug)]
pub(super) struct Places<T> {
    most: usize,
    taken: Taken<T>,
}

/// A place that is taken. Left when dropped.
#[derive(Debug)]
pub(crate) struct Place<T> {
    taken: Taken<T>,
    tenant: TenantId,
}

/// What the tenants that have places share, and how many each has.
type Taken<T> = Arc<Mutex<HashMap<TenantId, (T, usize)>>>;

impl<T: Clone> Places<T> {
    /// So many for each tenant.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// One more place for a tenant, and what it shares with the others, which begins as `first`;
    /// nothing when the tenant has as many as it may.
    pub(super) fn take(
        &self,
        tenant: TenantId,
        first: impl FnOnce() -> T,
    ) -> Option<(T, Place<T>)> {
        let mut taken = lock(&self.taken);
        let (shared, count) = taken.entry(tenant).or_insert_with(|| (first(), 0));
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some((shared.clone(), Place { taken: Arc::clone(&self.taken), tenant }))
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some((_, count)) = taken.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.tenant);
            }
        }
    }
}

fn lock<T>(taken: &Taken<T>) -> MutexGuard<'_, HashMap<TenantId, (T, usize)>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}
