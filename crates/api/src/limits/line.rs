//! Where the requests of a tenant wait for their turn.

use std::sync::Arc;
use std::time::Duration;

use domain::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::places::{Place, Places};

/// For each request in the works, this many may wait.
const WAITING_FOR_EACH: usize = 3;

/// The lines of all tenants that ask for something now.
#[derive(Debug)]
pub(super) struct Lines {
    at_a_time: usize,
    places: Places<Arc<Semaphore>>,
}

/// A request whose turn it is. The next one's comes when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    // In this order: whoever comes next finds the turn free.
    _permit: OwnedSemaphorePermit,
    _place: Place<Arc<Semaphore>>,
}

impl Lines {
    pub(super) fn new(at_a_time: usize) -> Self {
        let at_a_time = at_a_time.clamp(1, Semaphore::MAX_PERMITS);
        Self { at_a_time, places: Places::new(at_a_time.saturating_mul(1 + WAITING_FOR_EACH)) }
    }

    /// Waits in a tenant's line; nothing when it is too long, or doesn't move in time.
    pub(super) async fn turn(&self, tenant: TenantId, within: Duration) -> Option<Turn> {
        let first = || Arc::new(Semaphore::new(self.at_a_time));
        let (turns, place) = self.places.take(tenant, first)?;
        let permit = match Arc::clone(&turns).try_acquire_owned() {
            Ok(permit) => permit,
            // A semaphore of ours is never closed.
            Err(_) => tokio::time::timeout(within, turns.acquire_owned()).await.ok()?.ok()?,
        };
        Some(Turn { _permit: permit, _place: place })
    }
}
