//! A small world: a tenant and its customers, with what always holds of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::customer::changes::tests::expect_exact;
use crate::customer::testing::{now, tenant};
use crate::customer::{
    Command, Customer, DecisionContext, Event, HIERARCHY_DEPTH_MAX, Lineage, Refusal, Reservation,
};
use crate::ids::CustomerId;
use crate::tenant::Tenant;

/// One customer: its events, and its state at each version; version 0 is the unregistered one.
struct Life {
    events: Vec<Event>,
    states: Vec<Customer>,
}

/// All customers of a tenant.
pub(super) struct World {
    tenant: Arc<Tenant>,
    customers: BTreeMap<CustomerId, Life>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { tenant: Arc::new(tenant()), customers: BTreeMap::new() }
    }

    /// Decides a command, as the test framework of cqrs-es does.
    pub(super) fn decide(
        &self,
        customer: CustomerId,
        context: &DecisionContext,
        command: &Command,
    ) -> Result<Vec<Event>, Refusal> {
        let given = self.customers.get(&customer).map(|life| life.events.clone());
        let given = given.unwrap_or_default();
        crate::testing::decide::<Customer>(given, context.clone(), command.clone())
    }

    pub(super) fn state(&self, id: CustomerId) -> Customer {
        self.states(id).last().cloned().unwrap_or_default()
    }

    /// The states of a customer at each of its versions.
    pub(super) fn states(&self, id: CustomerId) -> &[Customer] {
        self.customers.get(&id).map_or(&[], |life| &life.states)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = CustomerId> {
        self.customers.keys().copied()
    }

    fn all(&self) -> impl Iterator<Item = (CustomerId, &Customer)> {
        self.customers.iter().filter_map(|(id, life)| Some((*id, life.states.last()?)))
    }

    /// Who holds the names that only one customer can hold. Panics if two do.
    fn holders(&self) -> HashMap<Reservation, CustomerId> {
        let mut holders = HashMap::new();
        for (id, state) in self.all() {
            let held = state.reservations().into_iter();
            for reservation in held.filter(|reservation| reservation.kind.exclusive()) {
                let other = holders.insert(reservation.clone(), id);
                assert_eq!(other, None, "{reservation:?} is held twice");
            }
        }
        holders
    }

    /// The ancestors of a customer, nearest first. Panics on a cycle.
    fn ancestors(&self, id: CustomerId) -> Vec<CustomerId> {
        let mut line = vec![];
        let mut next = self.state(id).parent_customer_id;
        while let Some(parent) = next {
            assert!(parent != id && !line.contains(&parent), "{id} is above itself");
            line.push(parent);
            next = self.state(parent).parent_customer_id;
        }
        line
    }

    fn height_below(&self, id: CustomerId) -> u32 {
        let children = self.all().filter(|(_, state)| state.parent_customer_id == Some(id));
        children.map(|(child, _)| 1 + self.height_below(child)).max().unwrap_or(0)
    }

    /// The context in which a command is decided now.
    pub(super) fn context(&self, customer: CustomerId, command: &Command) -> DecisionContext {
        let past = command.past_version().and_then(|version| {
            let version = usize::try_from(version).ok()?;
            self.states(customer).get(version).cloned().map(Box::new)
        });
        let undone = command.undone_version().and_then(|version| {
            let version = usize::try_from(version).ok()?;
            self.states(customer).get(version).cloned().map(Box::new)
        });
        let state = self.state(customer);
        let held = self.holders();
        let wanted = command.wanted_reservations(&state, past.as_deref());
        let holders = wanted.into_iter().filter_map(|reservation| {
            let holder = *held.get(&reservation)?;
            Some((reservation, holder))
        });
        let lineage = command.wanted_parent(&state, past.as_deref()).map(|parent| Lineage {
            parent,
            status: self.state(parent).status.into(),
            ancestors: self.ancestors(parent),
            height_below: self.height_below(customer),
        });
        DecisionContext {
            holders: holders.collect(),
            lineage,
            past,
            undone,
            ..DecisionContext::new(customer, now(), Arc::clone(&self.tenant))
        }
    }

    pub(super) fn append(&mut self, customer: CustomerId, events: &[Event]) {
        let unregistered = || Life { events: vec![], states: vec![Customer::default()] };
        let life = self.customers.entry(customer).or_insert_with(unregistered);
        for event in events {
            let before = life.states.last().cloned().unwrap_or_default();
            let after = before.clone().evolve(event.clone());
            expect_exact(&before, &after);
            life.states.push(after);
            life.events.push(event.clone());
        }
    }

    /// What holds after each command.
    pub(super) fn check_invariants(&self) {
        self.holders();
        for (id, state) in self.all() {
            let levels = self.ancestors(id).len() + 1;
            assert!(levels <= HIERARCHY_DEPTH_MAX, "{levels} levels");
            let payment = &state.payment;
            match &payment.default_payment_profile_id {
                Some(default) => {
                    let profile = payment.profile(default).expect("the default is attached");
                    assert!(profile.is_active(), "the default is not active");
                }
                None => assert!(!payment.auto_pay, "payment without a profile"),
            }
            let stored = serde_json::to_string(state).expect("JSON");
            let read: Customer = serde_json::from_str(&stored).expect("readable");
            assert_eq!(read, *state);
        }
    }
}
