//! The customer, the tenant and the events that the tests of the rules begin with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Command, Customer, DecisionContext, Event, Lineage, ParentStatus, Refusal, Reservation,
    ReservationKind,
};
use crate::ids::CustomerId;
use crate::tenant::{self, Tenant};
pub(crate) use crate::testing::{numbered, read, stored};

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
    read(value)
}

pub(crate) fn command(name: &str, body: Value) -> Command {
    Command::read(name, body).expect("a known command").expect("a valid body")
}

/// Where the body of a command is wrong.
#[track_caller]
pub(crate) fn wrong(name: &str, body: Value) -> Vec<String> {
    let violations = Command::read(name, body).expect("a known command").expect_err("a mistake");
    violations.into_iter().map(|violation| violation.pointer).collect()
}

pub(crate) fn registered() -> Value {
    stored("CustomerRegistered", json!({ "profile": { "name": "Ada" } }))
}

pub(crate) fn archived() -> Value {
    stored("CustomerArchived", json!({}))
}

pub(crate) fn external_id_changed(to: &str) -> Value {
    stored("ExternalIdChanged", json!({ "external_id": to }))
}

pub(crate) fn customer(given: &[Value]) -> Customer {
    given.iter().cloned().map(event).fold(Customer::default(), Customer::evolve)
}

/// A tenant with a plain and a unique custom field, a removed one, and three delivery methods.
pub(crate) fn tenant() -> Tenant {
    let method = |id: &str, provider: &str, method: &str| {
        let data = json!({ "id": id, "provider": provider, "delivery_method": method });
        stored("DeliveryMethodAdded", data)
    };
    let key = |key: &str, unique: bool| {
        stored("CustomFieldKeyAdded", json!({ "key": key, "enforce_uniqueness": unique }))
    };
    let history = [
        stored("TenantCreated", json!({ "name": "Acme" })),
        key("plan", false),
        key("vat", true),
        key("old", false),
        stored("CustomFieldKeyRemoved", json!({ "key": "old" })),
        method(SQS, "aws_marketplace", "aws_sqs"),
        method(STRIPE_ONE, "stripe", "direct_to_billing_provider"),
        method(STRIPE_TWO, "stripe", "direct_to_billing_provider"),
    ];
    history.map(read::<tenant::Event>).into_iter().fold(Tenant::default(), Tenant::evolve)
}

/// The context of a command to Ada: her tenant, and no other customer.
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

pub(crate) fn alias(name: &str) -> Reservation {
    Reservation::new(ReservationKind::Alias, name)
}

pub(crate) fn custom_field(key: &str, value: &str) -> Reservation {
    Reservation::custom_field(&key.parse().expect("a key"), &value.parse().expect("a value"))
}

/// The command names Bob as parent. He has this status and these ancestors; Ada has so many levels
/// of descendants.
pub(crate) fn below_bob(
    status: ParentStatus,
    ancestors: &[&str],
    height_below: u32,
) -> DecisionContext {
    let ancestors = ancestors.iter().map(|text| id(text)).collect();
    let lineage = Lineage { parent: id(BOB), status, ancestors, height_below };
    DecisionContext { lineage: Some(lineage), ..context() }
}

/// Given this history of Ada, when this command arrives in this context, then these events are
/// stored, or the command is refused.
#[track_caller]
pub(crate) fn check(
    given: &[Value],
    context: &DecisionContext,
    (name, body): (&str, Value),
    then: Result<&[Value], Refusal>,
) {
    check_command(given, context, command(name, body), then);
}

/// Like [`check`], with a command that need not be valid.
#[track_caller]
pub(crate) fn check_command(
    given: &[Value],
    context: &DecisionContext,
    when: Command,
    then: Result<&[Value], Refusal>,
) {
    crate::testing::check::<Customer>(given, context.clone(), when, then);
}

/// A configuration with the id of Ada that is valid for `provider`, changed by `more`.
pub(crate) fn config(provider: &str, more: Value) -> Value {
    let configuration = match provider {
        "stripe" => json!({ "stripe_customer_id": "cus_1",
                            "stripe_collection_method": "auto_charge_payment_intent" }),
        "aws_marketplace" => json!({ "aws_customer_id": "1", "aws_product_code": "p",
                                     "aws_region": "us-west-1" }),
        "azure_marketplace" => json!({ "azure_subscription_id": "1" }),
        "gcp_marketplace" => json!({ "gcp_entitlement_id": "1", "gcp_service_name": "s" }),
        "netsuite" => json!({ "netsuite_customer_id": "1" }),
        _ => json!({ "anything": ["goes", 1] }),
    };
    let mut config = json!({ "id": ADA, "provider": provider, "configuration": configuration });
    if let (Value::Object(config), Value::Object(more)) = (&mut config, more) {
        config.extend(more);
    }
    config
}

pub(crate) fn without_id(mut body: Value) -> Value {
    body.as_object_mut().expect("an object").remove("id");
    body
}

pub(crate) fn payment_profile(id: &str, status: &str) -> Value {
    json!({ "id": id, "status": status, "type": "CARD", "provider": "STRIPE" })
}

pub(crate) fn attached(id: &str, status: &str) -> Value {
    stored("PaymentProfileAttached", payment_profile(id, status))
}

pub(crate) fn default_set(id: Option<&str>, auto_pay: bool) -> Value {
    stored("DefaultPaymentProfileSet", json!({ "payment_profile_id": id, "auto_pay": auto_pay }))
}

pub(crate) fn mapped(provider_type: &str, entity: &str) -> Value {
    let data = json!({ "provider_type": provider_type, "provider_entity_id": entity });
    stored("IntegrationMapped", data)
}
