//! What a writer remembers between batches: the head, and the states it touched lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::tenant::Tenant;
use domain::{CustomerId, TenantId};

use crate::answers::AnswerKey;
use crate::clock::Clock;
use crate::entry::Entry;
use crate::log;
use crate::writer::size::STATE_BYTES_MAX;

/// Where a partition's chain ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) hash: log::Hash,
    pub(crate) recorded_at: DateTime<Utc>,
    /// Raised to shut out an append whose answer was lost.
    pub(crate) fence: i64,
}

pub(crate) type CustomerKey = (TenantId, CustomerId);
pub(crate) type CustomerEntry = Arc<Entry<Customer>>;
pub(crate) type TenantEntry = Arc<Entry<Arc<Tenant>>>;

/// Customers remembered by all writers together, at most about twice this many.
const CUSTOMERS_MAX: usize = 12_288;
/// Tenants remembered by all writers together, at most about twice this many.
const TENANTS_MAX: usize = 2_048;
/// Bytes that the states of either have as JSON, at most about twice this many.
const BYTES_MAX: usize = 32 << 20;

/// What all writers share: the memory, and the key that authenticates kept answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sharers {
    /// How many writers share the memory.
    count: Arc<AtomicUsize>,
    answer_key: Option<AnswerKey>,
}

/// One writer's share of the memory, for as long as it remembers anything.
pub(crate) struct Share(Sharers);

impl Sharers {
    pub(crate) fn new(answer_key: Option<AnswerKey>) -> Self {
        Self { count: Arc::default(), answer_key }
    }

    fn join(&self) -> Share {
        self.count.fetch_add(1, Ordering::Relaxed);
        Share(self.clone())
    }
}

impl Share {
    /// This writer's part of `all`.
    fn of(&self, all: usize) -> usize {
        all.checked_div(self.0.count.load(Ordering::Relaxed)).unwrap_or(all)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is right as long as the head is where it was.
pub(crate) struct Known {
    pub(crate) head: Head,
    pub(crate) clock: Clock,
    pub(crate) customers: Recent<CustomerKey, CustomerEntry>,
    pub(crate) tenants: Recent<TenantId, TenantEntry>,
    share: Share,
}

impl Known {
    pub(crate) fn new(head: Head, clock: Clock, sharers: &Sharers) -> Self {
        let (customers, tenants) = (Recent::new(), Recent::new());
        Self { head, clock, customers, tenants, share: sharers.join() }
    }

    /// The key that authenticates kept answers, if the service has one.
    pub(crate) fn answer_key(&self) -> Option<&AnswerKey> {
        self.share.0.answer_key.as_ref()
    }

    pub(crate) fn remember_customer(&mut self, key: CustomerKey, entry: CustomerEntry) {
        let bytes = entry.bytes_max.unwrap_or(STATE_BYTES_MAX);
        self.customers.insert(
            key,
            (entry, bytes),
            self.share.of(CUSTOMERS_MAX),
            self.share.of(BYTES_MAX),
        );
    }

    pub(crate) fn remember_tenant(&mut self, key: TenantId, entry: TenantEntry) {
        let bytes = entry.bytes_max.unwrap_or(STATE_BYTES_MAX);
        self.tenants.insert(
            key,
            (entry, bytes),
            self.share.of(TENANTS_MAX),
            self.share.of(BYTES_MAX),
        );
    }
}

/// A map that forgets what wasn't asked for lately: two generations, the older dropped when the
/// younger is full.
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// What was put into the younger, about.
    young_bytes: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn new() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_bytes: 0 }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn insert(&mut self, key: K, (value, bytes): (V, usize), young_max: usize, bytes_max: usize) {
        if self.young.len() >= young_max || self.young_bytes >= bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        // A state that is replaced counts again, so a generation ends sooner and never later.
        self.young_bytes = self.young_bytes.saturating_add(bytes);
        self.young.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}
