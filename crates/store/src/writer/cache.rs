//! What a writer caches between batches: the head, and recently used states.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::tenant::Tenant;
use domain::{CustomerId, TenantId};

use crate::clock::Clock;
use crate::log;
use crate::model::{AnswerKey, Mark, Versioned};
use crate::writer::size::STATE_BYTES_MAX;

/// The end of a partition's chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) hash: log::Hash,
    pub(crate) recorded_at: DateTime<Utc>,
    /// Raised to reject an append whose answer was lost.
    pub(crate) fence: i64,
}

impl Head {
    /// The place in the log.
    pub(crate) fn mark(&self) -> Mark {
        Mark { position: self.position, fence: self.fence, hash: self.hash }
    }
}

pub(crate) type CustomerKey = (TenantId, CustomerId);
pub(crate) type CachedCustomer = Arc<Versioned<Customer>>;
pub(crate) type CachedTenant = Arc<Versioned<Arc<Tenant>>>;

/// Customers cached by all writers together. The real maximum is about twice this number.
const CUSTOMERS_MAX: usize = 12_288;
/// Tenants cached by all writers together. The real maximum is about twice this number.
const TENANTS_MAX: usize = 2_048;
/// Bytes of the cached states of either kind, as JSON. The real maximum is about twice this number.
const BYTES_MAX: usize = 32 << 20;

/// What all writers of a store share: the memory, and the key that authenticates stored answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct WriterGroup {
    /// The number of writers that share the memory.
    count: Arc<AtomicUsize>,
    answer_key: Option<AnswerKey>,
}

/// One writer's part of the memory. It is released when the cache is dropped.
pub(crate) struct CacheQuota(WriterGroup);

impl WriterGroup {
    pub(crate) fn new(answer_key: Option<AnswerKey>) -> Self {
        Self { count: Arc::default(), answer_key }
    }

    fn join(&self) -> CacheQuota {
        self.count.fetch_add(1, Ordering::Relaxed);
        CacheQuota(self.clone())
    }
}

impl CacheQuota {
    /// This writer's part of `all`.
    fn of(&self, all: usize) -> usize {
        all.checked_div(self.0.count.load(Ordering::Relaxed)).unwrap_or(all)
    }
}

impl Drop for CacheQuota {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A cache that is valid as long as the head has not moved.
pub(crate) struct WriterCache {
    pub(crate) head: Head,
    pub(crate) clock: Clock,
    pub(crate) customers: Recent<CustomerKey, CachedCustomer>,
    pub(crate) tenants: Recent<TenantId, CachedTenant>,
    share: CacheQuota,
}

impl WriterCache {
    pub(crate) fn new(head: Head, clock: Clock, group: &WriterGroup) -> Self {
        let (customers, tenants) = (Recent::new(), Recent::new());
        Self { head, clock, customers, tenants, share: group.join() }
    }

    /// The key that authenticates stored answers, if the service has one.
    pub(crate) fn answer_key(&self) -> Option<&AnswerKey> {
        self.share.0.answer_key.as_ref()
    }

    pub(crate) fn remember_customer(&mut self, key: CustomerKey, entry: CachedCustomer) {
        let bytes = entry.bytes_max.unwrap_or(STATE_BYTES_MAX);
        self.customers.insert(
            key,
            (entry, bytes),
            self.share.of(CUSTOMERS_MAX),
            self.share.of(BYTES_MAX),
        );
    }

    pub(crate) fn remember_tenant(&mut self, key: TenantId, entry: CachedTenant) {
        let bytes = entry.bytes_max.unwrap_or(STATE_BYTES_MAX);
        self.tenants.insert(
            key,
            (entry, bytes),
            self.share.of(TENANTS_MAX),
            self.share.of(BYTES_MAX),
        );
    }
}

/// A map that forgets what was not used recently. It has two generations. When the young one is
/// full, it replaces the old one.
pub(crate) struct Recent<K, V> {
    young: HashMap<K, Weighed<V>>,
    old: HashMap<K, Weighed<V>>,
    young_bytes: usize,
}

/// A value and its estimated size.
struct Weighed<V> {
    value: V,
    bytes: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn new() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_bytes: 0 }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key)).map(|found| &found.value)
    }

    fn insert(&mut self, key: K, (value, bytes): (V, usize), young_max: usize, bytes_max: usize) {
        if self.young.len() >= young_max || self.young_bytes >= bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let replaced = self.young.insert(key, Weighed { value, bytes });
        let freed = replaced.map_or(0, |replaced| replaced.bytes);
        self.young_bytes = self.young_bytes.saturating_sub(freed).saturating_add(bytes);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(removed) = self.young.remove(key) {
            self.young_bytes = self.young_bytes.saturating_sub(removed.bytes);
        }
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    const CUSTOMERS_MAX: usize = 100;
    const BYTES_MAX: usize = 1_000;

    fn remember(recent: &mut Recent<u32, u32>, customer: u32, bytes: usize) {
        recent.insert(customer, (customer, bytes), CUSTOMERS_MAX, BYTES_MAX);
    }

    #[test]
    fn a_customer_that_changes_often_pushes_no_other_out() {
        let mut recent = Recent::new();
        (0..10).for_each(|customer| remember(&mut recent, customer, 90));
        (0..1_000).for_each(|_| remember(&mut recent, 3, 90));
        assert!((0..10).all(|customer| recent.get(&customer).is_some()));
    }

    #[test]
    fn customers_are_forgotten_when_two_generations_of_bytes_came_after_them() {
        let mut recent = Recent::new();
        (0..30).for_each(|customer| remember(&mut recent, customer, 100));
        assert_eq!(recent.get(&0), None);
        assert_eq!(recent.get(&29), Some(&29));
    }

    #[test]
    fn a_removed_customer_frees_its_bytes() {
        let mut recent = Recent::new();
        for customer in 0..1_000 {
            remember(&mut recent, 1_000, 1);
            remember(&mut recent, customer, 900);
            recent.remove(&customer);
        }
        assert_eq!(recent.young_bytes, 1);
        assert_eq!(recent.get(&1_000), Some(&1_000));
    }
}
