//! A batch in the making: what was loaded for it, and what its submissions have changed so far.

use chrono::{DateTime, Utc};
use domain::customer::{Customer, Lineage, Reservation};
use domain::{CustomerId, TenantId};
use std::collections::{BTreeSet, HashMap, HashSet};

use super::known::{CustomerEntry, CustomerKey, Head, Known, TenantEntry};
use super::rows::EventRow;
use super::submission::Rendered;
use super::wants::LineageKey;
use crate::answers::AnswerKey;
use crate::log::{Hash, Link};
use crate::partition::Partition;

/// What is known of something that may or may not be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Looked<T> {
    /// Nobody has looked yet.
    NotYet,
    /// It isn't there.
    Nothing,
    Found(T),
}

impl<T> From<Option<Option<T>>> for Looked<T> {
    fn from(looked: Option<Option<T>>) -> Self {
        match looked {
            None => Self::NotYet,
            Some(None) => Self::Nothing,
            Some(Some(found)) => Self::Found(found),
        }
    }
}

/// An answer kept under an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) request_hash: Hash,
    pub(crate) rendered: Rendered,
}

/// The state that the next submission of a batch is decided against.
///
/// Whatever was loaded is right exactly when the head is still where it was at the append.
pub(crate) struct Working<'a> {
    pub(crate) partition: Partition,
    known: &'a Known,
    /// The head as it will be after the submissions accepted so far.
    pub(crate) head: Head,

    customers: HashMap<CustomerKey, CustomerEntry>,
    tenants: HashMap<TenantId, TenantEntry>,
    holders: HashMap<(TenantId, Reservation), Option<CustomerId>>,
    kept: HashMap<(TenantId, String), Option<Kept>>,
    lineages: HashMap<LineageKey, Lineage>,

    pub(crate) events: Vec<EventRow>,
    pub(crate) changed_customers: HashSet<CustomerKey>,
    pub(crate) changed_tenants: HashSet<TenantId>,
    pub(crate) changed_claims: HashSet<(TenantId, Reservation)>,
    pub(crate) new_answers: Vec<(TenantId, String)>,
    /// Whether lineages in the database are out of date: a parent was set in this batch, or in the
    /// one that was being stored when this one was begun.
    pub(crate) lineages_stale: bool,
    /// Whether a parent was set in this batch.
    parents_changed: bool,
}

impl<'a> Working<'a> {
    pub(crate) fn new(partition: Partition, known: &'a Known, carried: Carried) -> Self {
        Self {
            partition,
            known,
            head: known.head,
            customers: carried.customers,
            tenants: carried.tenants,
            holders: carried.holders,
            kept: carried.kept,
            lineages: HashMap::new(),
            events: Vec::new(),
            changed_customers: HashSet::new(),
            changed_tenants: HashSet::new(),
            changed_claims: HashSet::new(),
            new_answers: Vec::new(),
            lineages_stale: carried.parents_changed,
            parents_changed: false,
        }
    }

    /// The key that authenticates kept answers, if the service has one.
    pub(crate) fn answer_key(&self) -> Option<&AnswerKey> {
        self.known.answer_key()
    }

    /// The head that everything here is decided against.
    pub(crate) fn known_head(&self) -> Head {
        self.known.head
    }

    pub(crate) fn customer(&self, key: &CustomerKey) -> Option<&CustomerEntry> {
        self.customers.get(key).or_else(|| self.known.customers.get(key))
    }

    pub(crate) fn tenant(&self, key: TenantId) -> Option<&TenantEntry> {
        self.tenants.get(&key).or_else(|| self.known.tenants.get(&key))
    }

    /// Who holds a key.
    pub(crate) fn holder(&self, tenant: TenantId, claim: &Reservation) -> Looked<CustomerId> {
        // The pair is cloned because the map's key owns its claim; claims are short and few.
        self.holders.get(&(tenant, claim.clone())).copied().into()
    }

    /// The answer kept under an idempotency key.
    pub(crate) fn kept(&self, tenant: TenantId, key: &str) -> Looked<&Kept> {
        self.kept.get(&(tenant, key.to_owned())).map(Option::as_ref).into()
    }

    pub(crate) fn lineage(&self, key: &LineageKey) -> Option<&Lineage> {
        self.lineages.get(key)
    }

    /// Takes a state from the database, unless this batch or the one before it has a later one. So
    /// with all that is loaded.
    pub(crate) fn loaded_customer(&mut self, key: CustomerKey, entry: CustomerEntry) {
        self.customers.entry(key).or_insert(entry);
    }

    pub(crate) fn loaded_tenant(&mut self, key: TenantId, entry: TenantEntry) {
        self.tenants.entry(key).or_insert(entry);
    }

    pub(crate) fn loaded_holder(
        &mut self,
        key: (TenantId, Reservation),
        holder: Option<CustomerId>,
    ) {
        self.holders.entry(key).or_insert(holder);
    }

    pub(crate) fn loaded_answer(&mut self, key: (TenantId, String), kept: Option<Kept>) {
        self.kept.entry(key).or_insert(kept);
    }

    pub(crate) fn loaded_lineage(&mut self, key: LineageKey, lineage: Lineage) {
        self.lineages.insert(key, lineage);
    }

    /// When the next submission is recorded.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.known.clock.after(self.head.recorded_at)
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
        // Imported events keep the time they had; the partition's own never goes back.
        self.head.recorded_at = self.head.recorded_at.max(event.recorded_at);
        event.hash = self.head.hash;
        self.events.push(event);
    }

    /// Puts a customer's new state in the place of its old one, with the keys it holds. `held` is what it
    /// held before and after each step from the one to the other: what it took and left again counts.
    pub(crate) fn change_customer(
        &mut self,
        key: CustomerKey,
        before: &Customer,
        entry: CustomerEntry,
        held: &[BTreeSet<Reservation>],
    ) {
        if before.parent_customer_id != entry.state.parent_customer_id {
            self.parents_changed = true;
            self.lineages_stale = true;
            self.lineages.clear();
        }
        for (before, after) in held.iter().zip(held.iter().skip(1)) {
            self.change_claims(key, before, after);
        }
        self.changed_customers.insert(key);
        self.customers.insert(key, entry);
    }

    fn change_claims(
        &mut self,
        (tenant, customer): CustomerKey,
        before: &BTreeSet<Reservation>,
        after: &BTreeSet<Reservation>,
    ) {
        // A former external id goes on resolving until another customer leaves the same one.
        let given_up = before.difference(after).filter(|claim| claim.kind.exclusive());
        let given_up = given_up.map(|claim| (claim, None));
        let taken = after.difference(before).map(|claim| (claim, Some(customer)));
        for (claim, holder) in given_up.chain(taken) {
            let key = (tenant, claim.clone());
            self.changed_claims.insert(key.clone());
            self.holders.insert(key, holder);
        }
    }

    pub(crate) fn change_tenant(&mut self, key: TenantId, entry: TenantEntry) {
        self.changed_tenants.insert(key);
        self.tenants.insert(key, entry);
    }

    /// Keeps an answer, so that the same request later in this batch gets it too.
    pub(crate) fn keep_answer(&mut self, tenant: TenantId, key: String, kept: Kept) {
        self.new_answers.push((tenant, key.clone()));
        self.kept.insert((tenant, key), Some(kept));
    }

    /// What the batch leaves to be remembered once it is stored.
    pub(crate) fn into_remembered(mut self) -> Remembered {
        let holders = self.changed_claims.into_iter();
        let holders = holders.filter_map(|key| self.holders.remove_entry(&key)).collect();
        let kept = self.new_answers.into_iter();
        let kept = kept.filter_map(|key| self.kept.remove_entry(&key)).collect();
        let customers = self.changed_customers.iter();
        let customers = customers.filter_map(|key| Some((*key, self.customers.get(key)?.clone())));
        let tenants = self.changed_tenants.iter();
        let tenants = tenants.filter_map(|key| Some((*key, self.tenants.get(key)?.clone())));
        let carried = Carried {
            customers: customers.collect(),
            tenants: tenants.collect(),
            holders,
            kept,
            parents_changed: self.parents_changed,
        };
        Remembered { head: self.head, customers: self.customers, tenants: self.tenants, carried }
    }
}

/// The states that a stored batch touched.
pub(crate) struct Remembered {
    pub(crate) head: Head,
    customers: HashMap<CustomerKey, CustomerEntry>,
    tenants: HashMap<TenantId, TenantEntry>,
    carried: Carried,
}

/// What a batch changes. The database doesn't have it while the batch is being stored, so the next
/// one must be decided knowing it.
///
/// The states are known, too; here they are safe from what is loaded meanwhile (a customer named by
/// its external id is loaded with the id), and from being forgotten among many others.
#[derive(Default)]
pub(crate) struct Carried {
    customers: HashMap<CustomerKey, CustomerEntry>,
    tenants: HashMap<TenantId, TenantEntry>,
    holders: HashMap<(TenantId, Reservation), Option<CustomerId>>,
    kept: HashMap<(TenantId, String), Option<Kept>>,
    parents_changed: bool,
}

impl Remembered {
    /// Makes the states known, and gives what the batch has changed.
    pub(crate) fn put_into(self, known: &mut Known) -> Carried {
        known.head = self.head;
        for (key, entry) in self.customers {
            known.remember_customer(key, entry);
        }
        for (key, entry) in self.tenants {
            known.remember_tenant(key, entry);
        }
        self.carried
    }
}
