//! Where the requests of a tenant wait for a permit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::TenantId;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// For each request in progress, this many may wait.
const WAITING_FOR_EACH: usize = 3;
/// While other tenants have requests, a tenant gets this part of its limit.
const PART_AMONG_OTHERS: usize = 4;

/// The queues of all tenants that have requests now.
#[derive(Clone, Debug)]
pub(super) struct TenantQueues {
    at_a_time: usize,
    open: Arc<Mutex<HashMap<TenantId, TenantQueue>>>,
}

#[derive(Debug, Default)]
struct TenantQueue {
    in_progress: usize,
    waiting: VecDeque<oneshot::Sender<TenantPermit>>,
}

/// The permit of a request in progress. The next request gets one when this is dropped.
#[derive(Debug)]
pub(super) struct TenantPermit {
    queues: TenantQueues,
    tenant: TenantId,
}

impl TenantQueues {
    /// `at_a_time` requests of a tenant while no other tenant has any, and a quarter of that otherwise. A
    /// lone tenant gets the full limit, so its commits batch; others leave room.
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { at_a_time: at_a_time.max(1), open: Arc::default() }
    }

    /// Waits in a tenant's queue; nothing when it is full, or doesn't move in time.
    pub(super) async fn permit(&self, tenant: TenantId, within: Duration) -> Option<TenantPermit> {
        let turn = {
            let mut open = self.open();
            open.entry(tenant).or_default();
            let at_a_time = self.at_a_time_of(open.len());
            let line = open.get_mut(&tenant)?;
            if line.waiting.is_empty() && line.in_progress < at_a_time {
                line.in_progress = line.in_progress.saturating_add(1);
                return Some(TenantPermit { queues: self.clone(), tenant });
            }
            let room = self.at_a_time.saturating_mul(WAITING_FOR_EACH);
            if line.waiting.len() >= room {
                // Some callers may have left.
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

    /// A request has ended: as many waiting ones as the limit allows come next.
    fn leave(&self, tenant: TenantId) {
        let mut next = Vec::new();
        let mut open = self.open();
        let at_a_time = self.at_a_time_of(open.len());
        let Some(line) = open.get_mut(&tenant) else { return };
        line.in_progress = line.in_progress.saturating_sub(1);
        while line.in_progress < at_a_time
            && let Some(one) = line.waiting.pop_front()
        {
            // The caller has left.
            if !one.is_closed() {
                line.in_progress = line.in_progress.saturating_add(1);
                next.push(one);
            }
        }
        if line.in_progress == 0 {
            open.remove(&tenant);
        }
        drop(open);
        for one in next {
            // If the caller leaves just now, its permit is dropped here.
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
