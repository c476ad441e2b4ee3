//! What a writer remembers between batches: the head, and the states it touched lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::tenant::Tenant;
use domain::{CustomerId, TenantId};

use crate::clock::Clock;
use crate::log;
use crate::queries::Envelope;

/// Where a partition's chain ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Head {
    pub(crate) position: i64,
    pub(crate) hash: log::Hash,
    pub(crate) recorded_at: DateTime<Utc>,
    /// Raised to shut out an append whose answer was lost.
    pub(crate) fence: i64,
}

/// A customer or tenant at some position of the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry<S> {
    pub(crate) state: S,
    /// 0 before the first event.
    pub(crate) version: i64,
    /// Nothing before the first event.
    pub(crate) envelope: Option<Envelope>,
}

impl<S: Default> Default for Entry<S> {
    fn default() -> Self {
        Self { state: S::default(), version: 0, envelope: None }
    }
}

pub(crate) type CustomerKey = (TenantId, CustomerId);
pub(crate) type CustomerEntry = Arc<Entry<Customer>>;
pub(crate) type TenantEntry = Arc<Entry<Arc<Tenant>>>;

/// Customers remembered per partition, at most about twice this many.
const CUSTOMERS_MAX: usize = 8_192;
/// Tenants remembered per partition, at most about twice this many.
const TENANTS_MAX: usize = 512;

/// What is right as long as the head is where it was.
pub(crate) struct Known {
    pub(crate) head: Head,
    pub(crate) clock: Clock,
    pub(crate) customers: Recent<CustomerKey, CustomerEntry>,
    pub(crate) tenants: Recent<TenantId, TenantEntry>,
}

impl Known {
    pub(crate) fn new(head: Head, clock: Clock) -> Self {
        Self {
            head,
            clock,
            customers: Recent::new(CUSTOMERS_MAX),
            tenants: Recent::new(TENANTS_MAX),
        }
    }
}

/// A map that forgets what wasn't asked for lately: two generations, the older dropped when the
/// younger is full.
pub(crate) struct Recent<K, V> {
    max: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    fn new(max: usize) -> Self {
        Self { max, young: HashMap::new(), old: HashMap::new() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}
