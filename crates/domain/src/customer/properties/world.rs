//! A small world: a tenant and its customers, with what always holds of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::customer::changes::tests::expect_exact;
use crate::customer::configs::{Archivable, active};
use crate::customer::testing::{now, tenant};
use crate::customer::{
    CONFIGS_MAX, Command, CustomFields, Customer, DecisionContext, Event, HIERARCHY_DEPTH_MAX,
    INTEGRATIONS_MAX, InvoiceMethod, Lineage, PAYMENT_PROFILES_MAX, Payment, Refusal, Reservation,
};
use crate::ids::CustomerId;
use crate::provider::{Provider, StripeCollectionMethod};
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
        let at = |version: Option<u64>| {
            let version = usize::try_from(version?).ok()?;
            self.states(customer).get(version).cloned().map(Box::new)
        };
        let (past, undone) = (at(command.past_version()), at(command.undone_version()));
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

    pub(super) fn append(&mut self, customer: CustomerId, event: Event) {
        let unregistered = || Life { events: vec![], states: vec![Customer::default()] };
        let life = self.customers.entry(customer).or_insert_with(unregistered);
        let before = life.states.last().cloned().unwrap_or_default();
        let after = before.clone().evolve(event.clone());
        expect_exact(&before, &after);
        life.states.push(after);
        life.events.push(event);
    }

    /// What holds at each version of each customer.
    pub(super) fn check_invariants(&self) {
        self.holders();
        for (id, state) in self.all() {
            let levels = self.ancestors(id).len() + 1;
            assert!(levels <= HIERARCHY_DEPTH_MAX, "{levels} levels");
            check_state(state);
            let stored = serde_json::to_string(state).expect("JSON");
            let read: Customer = serde_json::from_str(&stored).expect("readable");
            assert_eq!(read, *state);
        }
    }
}

/// What holds in each state, whatever other customers are like.
fn check_state(state: &Customer) {
    assert!(state.profile.name.is_some(), "no name");
    let current = state.external_id.as_ref();
    let former = &state.former_external_ids;
    assert!(former.iter().all(|id| Some(id) != current), "an external id is current and former");
    let fields = &state.custom_fields;
    assert!(fields.len() <= CustomFields::ENTRIES_MAX, "too many custom fields");
    let mut unique = state.unique_custom_fields.iter();
    assert!(unique.all(|key| fields.contains_key(key)), "a unique field without a value");
    check_payment(&state.payment);
    check_configs(&state.billing_configs);
    check_configs(&state.revenue_configs);
    for config in &state.billing_configs {
        let (method, id) = (config.delivery_method, config.delivery_method_id);
        assert!(method.is_some() != id.is_some(), "not one delivery method");
        if config.tax_provider.is_some() {
            let method = config.configuration.stripe_collection_method();
            let intent = method.is_some_and(StripeCollectionMethod::is_payment_intent);
            assert!(config.provider == Provider::Stripe && intent, "a tax provider on its own");
        }
    }
    let integrations = state.integrations.iter();
    let names: BTreeSet<_> = integrations
        .map(|name| (name.provider_type.as_str(), name.provider_entity_id.as_str()))
        .collect();
    assert_eq!(names.len(), state.integrations.len(), "an integration is there twice");
    assert!(names.len() <= INTEGRATIONS_MAX, "too many integrations");
    let delivery = &state.invoice_delivery;
    match delivery.method {
        Some(InvoiceMethod::EmailInvoice) => assert!(delivery.email.is_some(), "no address"),
        Some(InvoiceMethod::PaperInvoice) => assert!(!delivery.address.is_empty(), "no address"),
        None => {}
    }
    if let (Some(start), Some(end)) = (state.rollup.start_date, state.rollup.end_date) {
        assert!(start <= end, "the roll-up ends before it starts");
    }
}

fn check_payment(payment: &Payment) {
    assert!(payment.profiles.len() <= PAYMENT_PROFILES_MAX, "too many payment profiles");
    let ids: BTreeSet<_> = payment.profiles.iter().map(|profile| profile.id.as_str()).collect();
    assert_eq!(ids.len(), payment.profiles.len(), "a payment profile is attached twice");
    match &payment.default_payment_profile_id {
        Some(default) => {
            let profile = payment.profile(default).expect("the default is attached");
            assert!(profile.is_active(), "the default is not active");
        }
        None => assert!(!payment.auto_pay, "payment without a profile"),
    }
}

fn check_configs<C: Archivable<Id: Ord>>(configs: &[C]) {
    assert!(active(configs).count() <= CONFIGS_MAX, "too many configurations");
    let ids: BTreeSet<_> = configs.iter().map(Archivable::id).collect();
    assert_eq!(ids.len(), configs.len(), "a configuration is there twice");
}
