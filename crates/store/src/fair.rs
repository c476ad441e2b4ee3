//! Permits shared by many parties. No party can hold all of them.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// The maximum of waiting requests of one party. More are denied at once.
const WAITING_MAX: usize = 1_024;

/// A fixed number of permits.
///
/// A party gets another permit only while it holds fewer permits than are free. So one party holds at most
/// half of them, and there is always one left for a party that holds none, unless several parties hold
/// all. Parties that wait take turns, one permit each.
#[derive(Debug)]
pub(crate) struct FairPermits<K: Eq + Hash + Clone> {
    shared: Arc<Mutex<State<K>>>,
}

/// A permit. The next one is granted when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit<K: Eq + Hash + Clone> {
    shared: Arc<Mutex<State<K>>>,
    party: K,
}

/// Why a party did not get a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denied {
    /// The party holds as many as it may.
    ShareUsed,
    /// All permits are held, mostly by others.
    NoneFree,
    /// No more permits are granted.
    Closed,
}

#[derive(Debug)]
struct State<K: Eq + Hash + Clone> {
    max: usize,
    free: usize,
    held: HashMap<K, usize>,
    waiting: HashMap<K, VecDeque<oneshot::Sender<Permit<K>>>>,
    /// The parties that wait, in the order of their turns.
    turns: VecDeque<K>,
    closed: bool,
}

impl<K: Eq + Hash + Clone> FairPermits<K> {
    /// A number of permits, at least one.
    pub(crate) fn new(max: usize) -> Self {
        let max = max.max(1);
        let state = State {
            max,
            free: max,
            held: HashMap::new(),
            waiting: HashMap::new(),
            turns: VecDeque::new(),
            closed: false,
        };
        Self { shared: Arc::new(Mutex::new(state)) }
    }

    /// A permit for `party`. Waits for it for up to `within`.
    pub(crate) async fn acquire(&self, party: K, within: Duration) -> Result<Permit<K>, Denied> {
        let granted = {
            let mut state = lock(&self.shared);
            if state.closed {
                return Err(Denied::Closed);
            }
            // Parties that could have a permit don't wait, so nobody is overtaken.
            if !state.waiting.contains_key(&party) && state.allows(&party) {
                state.grant(party.clone());
                return Ok(Permit { shared: Arc::clone(&self.shared), party });
            }
            state.enqueue(&party).ok_or(Denied::ShareUsed)?
        };
        match timeout(within, granted).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(Denied::Closed),
            Err(_) => Err(lock(&self.shared).denial(&party)),
        }
    }

    /// How many requests wait for a permit.
    pub(crate) fn waiting(&self) -> usize {
        let state = lock(&self.shared);
        let waiters = state.waiting.values().flatten();
        waiters.filter(|waiter| !waiter.is_closed()).count()
    }

    /// Grants no more permits, and denies waiting requests.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.shared);
        state.closed = true;
        state.waiting.clear();
        state.turns.clear();
    }
}

impl<K: Eq + Hash + Clone> State<K> {
    fn held(&self, party: &K) -> usize {
        self.held.get(party).copied().unwrap_or_default()
    }

    fn allows(&self, party: &K) -> bool {
        self.held(party) < self.free
    }

    fn grant(&mut self, party: K) {
        self.free = self.free.saturating_sub(1);
        let held = self.held.entry(party).or_default();
        *held = held.saturating_add(1);
    }

    fn enqueue(&mut self, party: &K) -> Option<oneshot::Receiver<Permit<K>>> {
        let queue = self.waiting.entry(party.clone()).or_insert_with(|| {
            self.turns.push_back(party.clone());
            VecDeque::new()
        });
        if queue.len() >= WAITING_MAX {
            // Some may have given up.
            queue.retain(|waiter| !waiter.is_closed());
            if queue.len() >= WAITING_MAX {
                return None;
            }
        }
        let (waiter, granted) = oneshot::channel();
        queue.push_back(waiter);
        Some(granted)
    }

    /// The reason why a party that stopped waiting has no permit.
    fn denial(&self, party: &K) -> Denied {
        if self.closed {
            return Denied::Closed;
        }
        let has_half = self.held(party).saturating_mul(2) >= self.max && self.held(party) > 0;
        if self.free > 0 || has_half { Denied::ShareUsed } else { Denied::NoneFree }
    }

    /// Takes a permit back, and returns who gets one now.
    fn release(&mut self, party: &K) -> Vec<(K, oneshot::Sender<Permit<K>>)> {
        self.free = self.free.saturating_add(1).min(self.max);
        if let Some(held) = self.held.get_mut(party) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.held.remove(party);
            }
        }
        let mut granted = Vec::new();
        while let Some(at) = self.turns.iter().position(|party| self.allows(party)) {
            let Some(party) = self.turns.remove(at) else { break };
            let Some(mut queue) = self.waiting.remove(&party) else { continue };
            let next = std::iter::from_fn(|| queue.pop_front()).find(|waiter| !waiter.is_closed());
            if !queue.is_empty() {
                self.waiting.insert(party.clone(), queue);
                self.turns.push_back(party.clone());
            }
            if let Some(waiter) = next {
                self.grant(party.clone());
                granted.push((party, waiter));
            }
        }
        granted
    }
}

impl<K: Eq + Hash + Clone> Drop for Permit<K> {
    fn drop(&mut self) {
        let granted = lock(&self.shared).release(&self.party);
        for (party, waiter) in granted {
            // If the waiter gave up just now, its permit is dropped here and goes to the next one.
            drop(waiter.send(Self { shared: Arc::clone(&self.shared), party }));
        }
    }
}

fn lock<K: Eq + Hash + Clone>(shared: &Mutex<State<K>>) -> MutexGuard<'_, State<K>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
