//! Given, when, then: what the tests of the rules are written with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Command, Customer, DecisionContext, Event, Lineage, ParentStatus, Refusal, Reservation,
    ReservationKind, decide,
};
use crate::ids::CustomerId;
use crate::tenant::{self, Tenant};

/// The customer that the tests are about.
pub(crate) const ADA: &str = "00000000-0000-4000-8000-00000000000a";
/// Another customer of the same tenant.
pub(crate) const BOB: &str = "00000000-0000-4000-8000-00000000000b";
/// The tenant's delivery methods: one for AWS, two for Stripe.
pub(crate) const SQS: &str = "00000000-0000-4000-8000-0000000000d1";
pub(crate) const STRIPE_ONE: &str = "00000000-0000-4000-8000-0000000000d2";
pub(crate) const STRIPE_TWO: &str = "00000000-0000-4000-8000-0000000000d3";
pub(crate) const NOW: &str = "2026-01-02T03:04:05.000006Z";

pub(crate) fn id(text: &str) -> CustomerId {
    text.parse().expect("a UUID")
}

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

pub(crate) fn event(value: Value) -> Event {
    serde_json::from_value(value).expect("an event")
}

pub(crate) fn command(name: &str, body: Value) -> Command {
    Command::read(name, body).expect("a known command").expect("a valid body")
}

pub(crate) fn registered() -> Value {
    json!({ "type": "CustomerRegistered", "data": { "profile": { "name": "Ada" } } })
}

pub(crate) fn customer(given: &[Value]) -> Customer {
    given.iter().cloned().map(event).fold(Customer::default(), Customer::evolve)
}

/// A tenant with a plain and a unique custom field, a removed one, and three delivery methods.
pub(crate) fn tenant() -> Tenant {
    let method = |id: &str, provider: &str, method: &str| {
        json!({ "type": "DeliveryMethodAdded",
                "data": { "id": id, "provider": provider, "delivery_method": method } })
    };
    let key = |key: &str, unique: bool| {
        json!({ "type": "CustomFieldKeyAdded",
                "data": { "key": key, "enforce_uniqueness": unique } })
    };
    let history = [
        json!({ "type": "TenantCreated", "data": { "name": "Acme" } }),
        key("plan", false),
        key("vat", true),
        key("old", false),
        json!({ "type": "CustomFieldKeyRemoved", "data": { "key": "old" } }),
        method(SQS, "aws_marketplace", "aws_sqs"),
        method(STRIPE_ONE, "stripe", "direct_to_billing_provider"),
        method(STRIPE_TWO, "stripe", "direct_to_billing_provider"),
    ];
    let history = history.map(serde_json::from_value::<tenant::Event>);
    history
        .into_iter()
        .map(|event| event.expect("an event"))
        .fold(Tenant::default(), Tenant::evolve)
}

/// What Ada's rules know if nothing else is said.
pub(crate) fn context() -> DecisionContext {
    DecisionContext::new(id(ADA), now(), Arc::new(tenant()))
}

/// Bob holds this name.
pub(crate) fn held_by_bob(reservation: Reservation) -> DecisionContext {
    let mut context = context();
    context.holders.insert(reservation, id(BOB));
    context
}

pub(crate) fn external_id(name: &str) -> Reservation {
    Reservation::new(ReservationKind::ExternalId, name)
}

/// Bob is wanted as parent, stands like this, has so many ancestors, and Ada so many levels below.
pub(crate) fn below_bob(
    status: ParentStatus,
    ancestors: &[&str],
    height_below: u32,
) -> DecisionContext {
    let ancestors = ancestors.iter().map(|text| id(text)).collect();
    let lineage = Lineage { parent: id(BOB), status, ancestors, height_below };
    DecisionContext { lineage: Some(lineage), ..context() }
}

/// Given this history, when this command comes with these context, then this is decided: the events as
/// they are stored, or a refusal.
#[track_caller]
pub(crate) fn check(
    given: &[Value],
    context: &DecisionContext,
    (name, body): (&str, Value),
    then: Result<&[Value], Refusal>,
) {
    let state = customer(given);
    let decided = decide(&state, context, command(name, body)).map(|events| {
        events.into_iter().map(|event| serde_json::to_value(event).expect("JSON")).collect()
    });
    assert_eq!(decided, then.map(<[Value]>::to_vec), "given {given:#?}");
}
