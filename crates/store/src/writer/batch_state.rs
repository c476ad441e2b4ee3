//! The state of a batch that is being decided: loaded data, and the changes of its submissions so
//! far.

use chrono::{DateTime, Utc};
use domain::customer::{Customer, Lineage, Reservation};
use domain::{CustomerId, TenantId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::cache::{CachedCustomer, CachedTenant, CustomerKey, Head, WriterCache};
use super::loads::LineageKey;
use crate::log::Link;
use crate::model::{AnswerKey, Hash, Rendered};
use crate::partition::Partition;
use crate::writer::event_row::EventRow;

/// A lookup in the data that the writer has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lookup<T> {
    /// Not loaded yet.
    Unloaded,
    /// Loaded, and it does not exist.
    Absent,
    /// Loaded.
    Found(T),
}

impl<T> From<Option<Option<T>>> for Lookup<T> {
    fn from(loaded: Option<Option<T>>) -> Self {
        match loaded {
            None => Self::Unloaded,
            Some(None) => Self::Absent,
            Some(Some(found)) => Self::Found(found),
        }
    }
}

/// The record of an idempotency key: the request's hash and the answer.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyRecord {
    pub(crate) request_hash: Hash,
    pub(crate) rendered: Rendered,
}

/// The state that the next submission is decided on.
///
/// Loaded data is valid if the head has not moved when the batch is appended.
pub(crate) struct BatchState<'a> {
    pub(crate) partition: Partition,
    cache: &'a WriterCache,
    /// The head after the submissions accepted so far.
    pub(crate) head: Head,

    customers: HashMap<CustomerKey, CachedCustomer>,
    tenants: HashMap<TenantId, CachedTenant>,
    holders: HashMap<(TenantId, Reservation), Option<CustomerId>>,
    kept: HashMap<(TenantId, String), Option<IdempotencyRecord>>,
    lineages: HashMap<LineageKey, Lineage>,

    pub(crate) events: Vec<EventRow>,
    pub(crate) changed_customers: HashSet<CustomerKey>,
    pub(crate) changed_tenants: HashSet<TenantId>,
    pub(crate) changed_reservations: HashSet<(TenantId, Reservation)>,
    pub(crate) new_answers: Vec<(TenantId, String)>,
    /// Whether lineages in the database are outdated: a parent was set in this batch or in the one
    /// that was being stored when this one began.
    pub(crate) lineages_stale: bool,
    /// Whether a parent was set in this batch.
    parents_changed: bool,
}

impl<'a> BatchState<'a> {
    pub(crate) fn new(
        partition: Partition,
        cache: &'a WriterCache,
        in_flight: InFlightChanges,
    ) -> Self {
        Self {
            partition,
            cache,
            head: cache.head,
            customers: in_flight.customers,
            tenants: in_flight.tenants,
            holders: in_flight.holders,
            kept: in_flight.kept,
            lineages: HashMap::new(),
            events: Vec::new(),
            changed_customers: HashSet::new(),
            changed_tenants: HashSet::new(),
            changed_reservations: HashSet::new(),
            new_answers: Vec::new(),
            lineages_stale: in_flight.parents_changed,
            parents_changed: false,
        }
    }

    /// The key that authenticates stored answers, if the service has one.
    pub(crate) fn answer_key(&self) -> Option<&AnswerKey> {
        self.cache.answer_key()
    }

    /// The head that this batch is decided on.
    pub(crate) fn base_head(&self) -> Head {
        self.cache.head
    }

    pub(crate) fn customer(&self, key: &CustomerKey) -> Option<&CachedCustomer> {
        self.customers.get(key).or_else(|| self.cache.customers.get(key))
    }

    pub(crate) fn tenant(&self, key: TenantId) -> Option<&CachedTenant> {
        self.tenants.get(&key).or_else(|| self.cache.tenants.get(&key))
    }

    /// The holder of a key.
    pub(crate) fn holder(&self, tenant: TenantId, reservation: &Reservation) -> Lookup<CustomerId> {
        // The pair is cloned because the map's key owns its reservation; reservations are short and few.
        self.holders.get(&(tenant, reservation.clone())).copied().into()
    }

    /// The record of an idempotency key.
    pub(crate) fn kept(&self, tenant: TenantId, key: &str) -> Lookup<&IdempotencyRecord> {
        self.kept.get(&(tenant, key.to_owned())).map(Option::as_ref).into()
    }

    pub(crate) fn lineage(&self, key: &LineageKey) -> Option<&Lineage> {
        self.lineages.get(key)
    }

    /// Adds a state from the database, unless this batch or the one before it has a later one. The
    /// same holds for all `loaded_` methods.
    pub(crate) fn loaded_customer(&mut self, key: CustomerKey, entry: CachedCustomer) {
        self.customers.entry(key).or_insert(entry);
    }

    pub(crate) fn loaded_tenant(&mut self, key: TenantId, entry: CachedTenant) {
        self.tenants.entry(key).or_insert(entry);
    }

    pub(crate) fn loaded_holder(
        &mut self,
        key: (TenantId, Reservation),
        holder: Option<CustomerId>,
    ) {
        self.holders.entry(key).or_insert(holder);
    }

    pub(crate) fn loaded_answer(
        &mut self,
        key: (TenantId, String),
        kept: Option<IdempotencyRecord>,
    ) {
        self.kept.entry(key).or_insert(kept);
    }

    pub(crate) fn loaded_lineage(&mut self, key: LineageKey, lineage: Lineage) {
        self.lineages.insert(key, lineage);
    }

    /// The time at which the next submission is recorded.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.cache.clock.after(self.head.recorded_at)
    }

    /// Adds an event to the chain.
    pub(crate) fn append(&mut self, mut event: EventRow) {
        self.head.position = self.head.position.saturating_add(1);
        self.head.hash = Link {
            partition: self.partition.number(),
            position: self.head.position,
            tenant_id: event.tenant.0,
            aggregate_type: event.aggregate_type,
            aggregate_id: &event.aggregate_id,
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &event.payload,
            metadata: &event.metadata,
            recorded_at: event.recorded_at,
        }
        .hash(&self.head.hash);
        // Imported events keep their time. The partition's own time never goes back.
        self.head.recorded_at = self.head.recorded_at.max(event.recorded_at);
        event.hash = self.head.hash;
        self.events.push(event);
    }

    /// Replaces a customer's state, and updates the keys it holds. `held` has the keys that it held
    /// before and after each command: keys that it took and gave up again count, too.
    pub(crate) fn change_customer(
        &mut self,
        key: CustomerKey,
        before: &Customer,
        entry: CachedCustomer,
        held: &[BTreeSet<Reservation>],
    ) {
        if before.parent_customer_id != entry.state.parent_customer_id {
            self.parents_changed = true;
            self.lineages_stale = true;
            self.lineages.clear();
        }
        for (before, after) in held.iter().zip(held.iter().skip(1)) {
            self.change_reservations(key, before, after);
        }
        self.changed_customers.insert(key);
        self.customers.insert(key, entry);
    }

    fn change_reservations(
        &mut self,
        (tenant, customer): CustomerKey,
        before: &BTreeSet<Reservation>,
        after: &BTreeSet<Reservation>,
    ) {
        // A former external id keeps resolving until another customer gives up the same one.
        let given_up = before.difference(after).filter(|reservation| reservation.kind.exclusive());
        let given_up = given_up.map(|reservation| (reservation, None));
        let taken = after.difference(before).map(|reservation| (reservation, Some(customer)));
        for (reservation, holder) in given_up.chain(taken) {
            let key = (tenant, reservation.clone());
            self.changed_reservations.insert(key.clone());
            self.holders.insert(key, holder);
        }
    }

    pub(crate) fn change_tenant(&mut self, key: TenantId, entry: CachedTenant) {
        self.changed_tenants.insert(key);
        self.tenants.insert(key, entry);
    }

    /// Replaces the estimate of a changed customer's size by its size. Without it the estimate grows
    /// with each change, and the cache would forget others for bytes that do not exist.
    pub(crate) fn measured_customer(&mut self, key: CustomerKey, bytes: usize) {
        if let Some(entry) = self.customers.get_mut(&key).and_then(Arc::get_mut) {
            entry.bytes_max = Some(bytes);
        }
    }

    /// The same for a tenant.
    pub(crate) fn measured_tenant(&mut self, key: TenantId, bytes: usize) {
        if let Some(entry) = self.tenants.get_mut(&key).and_then(Arc::get_mut) {
            entry.bytes_max = Some(bytes);
        }
    }

    /// Adds an answer, so that the same request later in this batch gets it, too.
    pub(crate) fn add_answer(&mut self, tenant: TenantId, key: String, kept: IdempotencyRecord) {
        self.new_answers.push((tenant, key.clone()));
        self.kept.insert((tenant, key), Some(kept));
    }

    /// The effects of the batch, to be applied once it is stored.
    pub(crate) fn into_effects(mut self) -> BatchEffects {
        let holders = self.changed_reservations.into_iter();
        let holders = holders.filter_map(|key| self.holders.remove_entry(&key)).collect();
        let kept = self.new_answers.into_iter();
        let kept = kept.filter_map(|key| self.kept.remove_entry(&key)).collect();
        let customers = self.changed_customers.iter();
        let customers = customers.filter_map(|key| Some((*key, self.customers.get(key)?.clone())));
        let tenants = self.changed_tenants.iter();
        let tenants = tenants.filter_map(|key| Some((*key, self.tenants.get(key)?.clone())));
        let in_flight = InFlightChanges {
            customers: customers.collect(),
            tenants: tenants.collect(),
            holders,
            kept,
            parents_changed: self.parents_changed,
        };
        BatchEffects {
            head: self.head,
            customers: self.customers,
            tenants: self.tenants,
            in_flight,
        }
    }
}

/// The states that a batch has read or changed, and its changes.
pub(crate) struct BatchEffects {
    pub(crate) head: Head,
    customers: HashMap<CustomerKey, CachedCustomer>,
    tenants: HashMap<TenantId, CachedTenant>,
    in_flight: InFlightChanges,
}

/// The changes of a batch that is being stored. The database does not show them yet, so the next
/// batch is decided with them.
///
/// The cache has these states, too. Here they can't be replaced by older states from the database,
/// or evicted.
#[derive(Default)]
pub(crate) struct InFlightChanges {
    customers: HashMap<CustomerKey, CachedCustomer>,
    tenants: HashMap<TenantId, CachedTenant>,
    holders: HashMap<(TenantId, Reservation), Option<CustomerId>>,
    kept: HashMap<(TenantId, String), Option<IdempotencyRecord>>,
    parents_changed: bool,
}

impl BatchEffects {
    /// Puts the states into the cache, and returns the batch's changes.
    pub(crate) fn put_into(self, cache: &mut WriterCache) -> InFlightChanges {
        cache.head = self.head;
        for (key, entry) in self.customers {
            cache.remember_customer(key, entry);
        }
        for (key, entry) in self.tenants {
            cache.remember_tenant(key, entry);
        }
        self.in_flight
    }
}
