//! Where the requests of a tenant wait for their turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// For each request in the works, this many may wait.
const WAITING_FOR_EACH: usize = 3;

/// The lines of all tenants that ask for something now.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    at_a_time: usize,
    open: Arc<Mutex<HashMap<TenantId, Line>>>,
}

#[derive(Debug)]
struct Line {
    turns: Arc<Semaphore>,
    /// Requests that wait or are in the works.
    inside: usize,
}

/// A request whose turn it is. The next one's comes when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    // In this order: whoever comes next finds the turn free.
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

/// A place in a tenant's line, left when this is dropped.
#[derive(Debug)]
struct Place {
    lines: Lines,
    tenant: TenantId,
}

impl Lines {
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { at_a_time: at_a_time.clamp(1, Semaphore::MAX_PERMITS), open: Arc::default() }
    }

    /// Waits in a tenant's line; nothing when it is too long, or doesn't move in time.
    pub(super) async fn turn(&self, tenant: TenantId, within: Duration) -> Option<Turn> {
        let (turns, place) = self.stand(tenant)?;
        let permit = match Arc::clone(&turns).try_acquire_owned() {
            Ok(permit) => permit,
            // A semaphore of ours is never closed.
            Err(_) => tokio::time::timeout(within, turns.acquire_owned()).await.ok()?.ok()?,
        };
        Some(Turn { _permit: permit, _place: place })
    }

    fn stand(&self, tenant: TenantId) -> Option<(Arc<Semaphore>, Place)> {
        let mut open = self.open();
        let line = open
            .entry(tenant)
            .or_insert_with(|| Line { turns: Arc::new(Semaphore::new(self.at_a_time)), inside: 0 });
        let room = self.at_a_time.saturating_mul(1 + WAITING_FOR_EACH);
        if line.inside >= room {
            return None;
        }
        line.inside = line.inside.saturating_add(1);
        Some((Arc::clone(&line.turns), Place { lines: self.clone(), tenant }))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TenantId, Line>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.lines.open();
        if let Some(line) = open.get_mut(&self.tenant) {
            line.inside = line.inside.saturating_sub(1);
            if line.inside == 0 {
                open.remove(&self.tenant);
            }
        }
    }
}
