//! Where the requests of a tenant wait for their turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TenantId;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// For each request in the works, this many may wait.
const WAITING_FOR_EACH: usize = 3;
/// A tenant that isn't alone has this part of its requests in the works.
const PART_AMONG_OTHERS: usize = 4;

/// The queues of all tenants that ask for something now.
#[derive(Clone, Debug)]
pub(super) struct TenantQueues {
    at_a_time: usize,
    open: Arc<Mutex<HashMap<TenantId, TenantQueue>>>,
}

#[derive(Debug, Default)]
struct TenantQueue {
    in_the_works: usize,
    waiting: VecDeque<oneshot::Sender<TenantPermit>>,
}

/// A request whose turn it is. The next one's comes when this is dropped.
#[derive(Debug)]
pub(super) struct TenantPermit {
    queues: TenantQueues,
    tenant: TenantId,
}

impl TenantQueues {
    /// So many of a tenant's requests at a time while no other tenant asks for anything, and a quarter of
    /// that while one does: whoever is alone shares commits with itself, whoever isn't leaves room.
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { at_a_time: at_a_time.max(1), open: Arc::default() }
    }

    /// Waits in a tenant's line; nothing when it is too long, or doesn't move in time.
    pub(super) async fn permit(&self, tenant: TenantId, within: Duration) -> Option<TenantPermit> {
        let turn = {
            let mut open = self.open();
            open.entry(tenant).or_default();
            let at_a_time = self.at_a_time_of(open.len());
            let line = open.get_mut(&tenant)?;
            if line.waiting.is_empty() && line.in_the_works < at_a_time {
                line.in_the_works = line.in_the_works.saturating_add(1);
                return Some(TenantPermit { queues: self.clone(), tenant });
            }
            let room = self.at_a_time.saturating_mul(WAITING_FOR_EACH);
            if line.waiting.len() >= room {
                // Some may have given up.
                line.waiting.retain(|one| !one.is_closed());
                if line.waiting.len() >= room {
                    return None;
                }
            }
            let (sender, turn) = oneshot::channel();
            line.waiting.push_back(sender);
            turn
        };
        timeout(within, turn).await.ok()?.ok()
    }

    fn at_a_time_of(&self, tenants: usize) -> usize {
        if tenants > 1 { self.at_a_time.div_ceil(PART_AMONG_OTHERS) } else { self.at_a_time }
    }

    /// A turn has ended: those who wait come next, as many as may.
    fn leave(&self, tenant: TenantId) {
        let mut next = Vec::new();
        let mut open = self.open();
        let at_a_time = self.at_a_time_of(open.len());
        let Some(line) = open.get_mut(&tenant) else { return };
        line.in_the_works = line.in_the_works.saturating_sub(1);
        while line.in_the_works < at_a_time
            && let Some(one) = line.waiting.pop_front()
        {
            // Others have given up.
            if !one.is_closed() {
                line.in_the_works = line.in_the_works.saturating_add(1);
                next.push(one);
            }
        }
        if line.in_the_works == 0 {
            open.remove(&tenant);
        }
        drop(open);
        for one in next {
            // The turn of whoever gives up just now ends with this.
            drop(one.send(TenantPermit { queues: self.clone(), tenant }));
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TenantId, TenantQueue>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TenantPermit {
    fn drop(&mut self) {
        self.queues.leave(self.tenant);
    }
}
