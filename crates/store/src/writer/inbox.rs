//! The inbox of a partition: a queue for each tenant, and turns among the tenants.
//!
//! The commands of one tenant are taken in order. Tenants take turns (deficit round robin), and
//! each has its own limit. A tenant that sends a lot only slows down itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::TenantId;
use tokio::sync::{Notify, oneshot};

use super::measure;
use super::submission::Queued;
use crate::error::StoreError;

/// The limit for all tenants of a partition, as a multiple of the limit of one.
const TENANTS_FULL: usize = 4;
/// The commands that a tenant gets in each turn.
const TURN: usize = 8;
/// If other tenants write, too, a tenant gets at most this part of a batch. So the batch has room
/// for them and is stored soon.
const PART_AMONG_OTHERS: usize = 8;
/// Another tenant counts as writing if it had a command in a batch within this time.
const OTHERS_WITHIN: Duration = Duration::from_secs(1);
/// Empty queues are kept for the next command, up to this many queues.
const LINES_MAX: usize = 256;

/// The commands that wait for a partition's writer.
pub(crate) struct Inbox {
    /// The limit of waiting commands of one tenant.
    of_tenant_max: usize,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    lines: HashMap<TenantId, TenantQueue>,
    /// The tenants with a waiting command, in the order of their turns.
    turns: VecDeque<TenantId>,
    /// Commands in all queues, without those whose callers wait for room.
    admitted: usize,
    /// The number of the current batch.
    batch: u64,
    /// The tenant of the last command, and when a command of another tenant was last taken.
    last: Option<TenantId>,
    last_at: Option<Instant>,
    other_at: Option<Instant>,
    closed: bool,
}

#[derive(Default)]
struct TenantQueue {
    queued: VecDeque<Queued>,
    /// Callers that wait for room. Their commands are at the end of the queue.
    patient: VecDeque<oneshot::Sender<()>>,
    /// The commands it may still take in this turn.
    credit: usize,
    /// The last batch with commands of this tenant, and how many it has.
    batch: u64,
    in_batch: usize,
}

/// The writer's end of an inbox. When it is dropped, all waiting callers are answered.
pub(crate) struct InboxReader(pub(crate) Arc<Inbox>);

impl Inbox {
    /// An empty inbox with a limit for each tenant.
    pub(crate) fn new(of_tenant_max: usize) -> Self {
        Self { of_tenant_max, state: Mutex::default(), news: Notify::new() }
    }

    /// Adds a command if there is room.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if the tenant's queue is full, [`StoreError::PartitionBusy`] if all
    /// queues together are, [`StoreError::Stopping`].
    pub(crate) fn push(&self, queued: Queued) -> Result<(), StoreError> {
        let mut state = self.open()?;
        let tenant = queued.submission.tenant.id;
        if !state.has_room(tenant, self.of_tenant_max) {
            let full = state.line(tenant).queued.len() >= self.of_tenant_max;
            let (whose, error) = if full {
                ("tenant", StoreError::Busy)
            } else {
                ("partition", StoreError::PartitionBusy)
            };
            measure::turned_away(&queued, whose);
            return Err(error);
        }
        state.add(tenant, queued, None);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// Adds a command, and returns when there is room for the next one. The command keeps its
    /// position in the queue, even if the caller stops waiting.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stopping`].
    pub(crate) async fn push_patiently(&self, queued: Queued) -> Result<(), StoreError> {
        let room = {
            let mut state = self.open()?;
            let tenant = queued.submission.tenant.id;
            if state.has_room(tenant, self.of_tenant_max) {
                state.add(tenant, queued, None);
                None
            } else {
                let (sender, room) = oneshot::channel();
                state.add(tenant, queued, Some(sender));
                Some(room)
            }
        };
        self.news.notify_one();
        match room {
            Some(room) => room.await.map_err(|_| StoreError::Stopping),
            None => Ok(()),
        }
    }

    /// The number of waiting commands.
    pub(crate) fn waiting(&self) -> usize {
        self.state().lines.values().map(|line| line.queued.len()).sum()
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state();
        if state.closed { Err(StoreError::Stopping) } else { Ok(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InboxReader {
    /// Waits until commands may have arrived.
    pub(crate) async fn news(&self) {
        self.0.news.notified().await;
    }

    /// Starts the next batch.
    pub(crate) fn begin_batch(&self) {
        let mut state = self.0.state();
        state.batch = state.batch.wrapping_add(1);
    }

    /// Takes commands, with turns among tenants, until `into` has `batch_max`.
    pub(crate) fn take(&self, into: &mut VecDeque<Queued>, batch_max: usize) {
        let mut state = self.0.state();
        if state.turns.is_empty() || into.len() >= batch_max {
            return;
        }
        let most = if state.others_write(Instant::now()) {
            batch_max.checked_div(PART_AMONG_OTHERS).unwrap_or_default().max(1)
        } else {
            batch_max
        };
        state.take(into, batch_max, most);
        state.make_room(self.0.of_tenant_max);
    }

    /// Closes the inbox. Commands that are already there can still be taken.
    pub(crate) fn close(&self) {
        self.0.state().closed = true;
    }
}

impl Drop for InboxReader {
    fn drop(&mut self) {
        let mut state = self.0.state();
        let lines = std::mem::take(&mut *state).lines;
        state.closed = true;
        drop(state);
        // Waiting callers see their channels close.
        drop(lines);
    }
}

impl State {
    fn line(&mut self, tenant: TenantId) -> &mut TenantQueue {
        if self.lines.len() >= LINES_MAX && !self.lines.contains_key(&tenant) {
            self.lines.retain(|_, line| !line.queued.is_empty());
        }
        self.lines.entry(tenant).or_default()
    }

    /// Whether the tenant's queue has room for another command.
    fn has_room(&mut self, tenant: TenantId, of_tenant_max: usize) -> bool {
        let most = most(self.admitted, of_tenant_max);
        let line = self.line(tenant);
        line.patient.is_empty() && line.queued.len() < most
    }

    fn add(&mut self, tenant: TenantId, queued: Queued, waits: Option<oneshot::Sender<()>>) {
        let line = self.line(tenant);
        let first = line.queued.is_empty();
        line.queued.push_back(queued);
        match waits {
            Some(waits) => line.patient.push_back(waits),
            None => self.admitted = self.admitted.saturating_add(1),
        }
        if first {
            self.turns.push_back(tenant);
        }
    }

    /// Whether more than one tenant writes here.
    fn others_write(&mut self, now: Instant) -> bool {
        let Some(&next) = self.turns.front() else { return false };
        if self.last != Some(next) {
            if self.last.is_some() {
                self.other_at = self.last_at;
            }
            self.last = Some(next);
        }
        self.last_at = Some(now);
        let lately = |at: Instant| now.saturating_duration_since(at) < OTHERS_WITHIN;
        let others = self.turns.len() > 1;
        if others {
            self.other_at = Some(now);
        }
        others || self.other_at.is_some_and(lately)
    }

    /// Takes commands in turns: at most `most` of one tenant in a batch.
    fn take(&mut self, into: &mut VecDeque<Queued>, batch_max: usize, most: usize) {
        let Self { lines, turns, admitted, batch, .. } = self;
        // Tenants in a row that have reached `most`.
        let mut served = 0;
        while into.len() < batch_max && served < turns.len() {
            let Some(tenant) = turns.pop_front() else { return };
            let Some(line) = lines.get_mut(&tenant) else { continue };
            if line.batch != *batch {
                (line.batch, line.in_batch) = (*batch, 0);
            }
            if line.in_batch >= most {
                served = served.saturating_add(1);
                turns.push_back(tenant);
                continue;
            }
            served = 0;
            line.credit = line.credit.saturating_add(TURN);
            while into.len() < batch_max && line.in_batch < most {
                let Some(cost) = line.queued.front().map(Queued::cost) else { break };
                if cost > line.credit {
                    break;
                }
                line.credit = line.credit.saturating_sub(cost);
                line.in_batch = line.in_batch.saturating_add(cost);
                into.extend(line.next(admitted));
            }
            if line.queued.is_empty() {
                line.credit = 0;
            } else {
                turns.push_back(tenant);
            }
        }
    }

    /// Wakes as many waiting callers as there is room for.
    fn make_room(&mut self, of_tenant_max: usize) {
        for tenant in &self.turns {
            let Some(line) = self.lines.get_mut(tenant) else { continue };
            while !line.patient.is_empty()
                && line.queued.len().saturating_sub(line.patient.len())
                    < most(self.admitted, of_tenant_max)
            {
                line.let_one_go_on();
                self.admitted = self.admitted.saturating_add(1);
            }
        }
    }
}

/// The limit of waiting commands of a tenant, given all admitted commands: its own limit, or the
/// room left for all if that is less. A few are always allowed, so that no tenant is locked out.
fn most(admitted: usize, of_tenant_max: usize) -> usize {
    let left = of_tenant_max.saturating_mul(TENANTS_FULL).saturating_sub(admitted);
    of_tenant_max.min(left.max(TURN))
}

impl TenantQueue {
    /// The next command. It no longer counts as admitted.
    fn next(&mut self, admitted: &mut usize) -> Option<Queued> {
        let next = self.queued.pop_front()?;
        if self.queued.len() < self.patient.len() {
            self.let_one_go_on();
        } else {
            *admitted = admitted.saturating_sub(1);
        }
        Some(next)
    }

    fn let_one_go_on(&mut self) {
        if let Some(waits) = self.patient.pop_front() {
            // A caller that stopped waiting keeps its position.
            let _ = waits.send(());
        }
    }
}

#[cfg(test)]
mod tests;
