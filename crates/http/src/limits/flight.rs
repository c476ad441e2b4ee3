//! How many bytes of answers wait to be sent, per tenant and in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TenantId;
use tokio::sync::Notify;
use tokio::time::timeout;

/// The bytes of answers that are rendered and not sent.
#[derive(Clone, Debug)]
pub(super) struct Flight(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    of_tenant: usize,
    of_all: usize,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    tenants: HashMap<TenantId, usize>,
}

/// Bytes of a tenant's answer. They count until this is dropped.
#[derive(Debug)]
pub struct InFlight {
    shared: Arc<Shared>,
    tenant: TenantId,
    bytes: usize,
}

/// Which limit an answer would exceed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exceeded {
    Tenant,
    All,
}

impl Flight {
    /// At most so many bytes for each tenant, and for all tenants together.
    pub(super) fn new(of_tenant: usize, of_all: usize) -> Self {
        Self(Arc::new(Shared { of_tenant, of_all, held: Mutex::default(), freed: Notify::new() }))
    }

    /// The bytes of all tenants.
    pub(super) fn bytes(&self) -> usize {
        self.0.held().all
    }

    /// Counts `bytes` for a tenant if they fit.
    ///
    /// A tenant may also have no more than what is left for all, so the next tenants
    /// always find room: n tenants that read nothing leave 1/(n+1) of the bytes. A tenant's only answer
    /// may exceed its limit, because otherwise it could never be sent.
    pub(super) fn try_take(&self, tenant: TenantId, bytes: usize) -> Result<InFlight, Exceeded> {
        let Shared { of_tenant, of_all, .. } = *self.0;
        let mut held = self.0.held();
        let own = held.tenants.get(&tenant).copied().unwrap_or_default();
        let wanted = own.saturating_add(bytes);
        if own > 0 && wanted > of_tenant {
            return Err(Exceeded::Tenant);
        }
        if held.all > 0 && wanted > of_all.saturating_sub(held.all) {
            return Err(Exceeded::All);
        }
        held.add(tenant, bytes);
        Ok(InFlight { shared: Arc::clone(&self.0), tenant, bytes })
    }

    /// Fails while a tenant, or all of them together, are beyond a limit.
    pub(super) fn room(&self, tenant: TenantId) -> Result<(), Exceeded> {
        let held = self.0.held();
        if held.all > self.0.of_all {
            return Err(Exceeded::All);
        }
        let own = held.tenants.get(&tenant).copied().unwrap_or_default();
        if own > self.0.of_tenant { Err(Exceeded::Tenant) } else { Ok(()) }
    }

    /// Counts `bytes` for a tenant even beyond the limits: for answers that report what has happened.
    pub(super) fn take_anyway(&self, tenant: TenantId, bytes: usize) -> InFlight {
        self.0.held().add(tenant, bytes);
        InFlight { shared: Arc::clone(&self.0), tenant, bytes }
    }

    /// Counts `bytes` for a tenant as soon as they fit; fails when they do not in time.
    pub(super) async fn take(
        &self,
        tenant: TenantId,
        bytes: usize,
        within: Duration,
    ) -> Result<InFlight, Exceeded> {
        let mut exceeded = Exceeded::Tenant;
        let taken = async {
            loop {
                let mut freed = std::pin::pin!(self.0.freed.notified());
                // From here on no release is missed.
                freed.as_mut().enable();
                match self.try_take(tenant, bytes) {
                    Ok(taken) => return taken,
                    Err(why) => exceeded = why,
                }
                freed.await;
            }
        };
        timeout(within, taken).await.map_err(|_| exceeded)
    }
}

impl InFlight {
    /// Counts another number of bytes instead, even beyond the limits.
    pub fn resize(&mut self, bytes: usize) {
        let mut held = self.shared.held();
        held.remove(self.tenant, self.bytes);
        held.add(self.tenant, bytes);
        drop(held);
        if bytes < self.bytes {
            self.shared.freed.notify_waiters();
        }
        self.bytes = bytes;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shared.held().remove(self.tenant, self.bytes);
        self.shared.freed.notify_waiters();
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn add(&mut self, tenant: TenantId, bytes: usize) {
        self.all = self.all.saturating_add(bytes);
        let own = self.tenants.entry(tenant).or_default();
        *own = own.saturating_add(bytes);
    }

    fn remove(&mut self, tenant: TenantId, bytes: usize) {
        self.all = self.all.saturating_sub(bytes);
        if let Some(own) = self.tenants.get_mut(&tenant) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                self.tenants.remove(&tenant);
            }
        }
    }
}
