//! Revenue configurations.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{
    ADA, BOB, NOW, SQS, check, config, context, numbered, registered, stored, without_id,
};

fn add(data: &Value) -> (&'static str, Value) {
    ("add-revenue-config", data.clone())
}

fn added(data: Value) -> Value {
    stored("RevenueConfigAdded", data)
}

fn archived(id: &str) -> Value {
    stored("RevenueConfigArchived", json!({ "id": id, "archived_at": NOW }))
}

#[test]
fn a_revenue_configuration_is_added_once() {
    let data = config("netsuite", json!({}));
    let given = [registered(), added(data.clone())];
    check(&[registered()], &context(), add(&data), Ok(&given[1..]));
    check(&given, &context(), add(&data), Ok(&[]));
    let other = config("netsuite", json!({ "configuration": { "netsuite_customer_id": "2" } }));
    check(&given, &context(), add(&other), Err(Refusal::RevenueConfigExists));
    check(&given, &context(), add(&without_id(data)), Err(Refusal::IdMissing));
}

#[test]
fn a_revenue_configuration_follows_the_rules_for_delivery_methods() {
    let both = json!({ "id": BOB, "delivery_method": "tackle", "delivery_method_id": SQS });
    let ambiguous = Err(Refusal::DeliveryMethodAmbiguous);
    check(&[registered()], &context(), add(&config("netsuite", both)), ambiguous);
    let direct = config("netsuite", json!({ "delivery_method": "direct_to_billing_provider" }));
    check(&[registered()], &context(), add(&direct), Ok(&[added(direct.clone())]));
}

#[test]
fn revenue_configurations_are_archived_all_or_none() {
    let given = [registered(), added(config("netsuite", json!({})))];
    let archive = |ids: &[&str]| ("archive-revenue-configs", json!({ "ids": ids }));
    let event = archived(ADA);
    check(&given, &context(), archive(&[ADA]), Ok(from_ref(&event)));
    check(&given, &context(), archive(&[ADA, BOB]), Err(Refusal::RevenueConfigUnknown));
    let [first, second] = given;
    check(&[first, second, event], &context(), archive(&[ADA]), Ok(&[]));
}

#[test]
fn a_customer_has_at_most_100_revenue_configurations_that_are_not_archived() {
    let with_configs = |count: usize| -> Vec<Value> {
        let config = |n| added(config("netsuite", json!({ "id": numbered(n) })));
        std::iter::once(registered()).chain((0..count).map(config)).collect()
    };
    let data = config("netsuite", json!({}));
    let accepted = [added(data.clone())];
    check(&with_configs(99), &context(), add(&data), Ok(&accepted));
    let mut given = with_configs(100);
    check(&given, &context(), add(&data), Err(Refusal::TooManyRevenueConfigs));
    given.push(archived(&numbered(0)));
    check(&given, &context(), add(&data), Ok(&accepted));
}
