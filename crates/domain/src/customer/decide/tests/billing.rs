//! Billing configurations.

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{
    NOW, check, config, context, numbered, registered, stored, without_id,
};

fn added(data: Value) -> Value {
    stored("BillingConfigAdded", data)
}

fn archived(n: usize) -> Value {
    stored("BillingConfigArchived", json!({ "id": numbered(n), "archived_at": NOW }))
}

fn custom(more: &Value) -> Value {
    let mut config = config("custom", json!({ "delivery_method": "direct_to_billing_provider" }));
    config
        .as_object_mut()
        .expect("an object")
        .extend(more.as_object().cloned().unwrap_or_default());
    config
}

/// A customer with this many billing configurations.
fn with_configs(count: usize) -> Vec<Value> {
    let added = (0..count).map(|n| added(custom(&json!({ "id": numbered(n) }))));
    std::iter::once(registered()).chain(added).collect()
}

#[test]
fn a_billing_configuration_is_added_once() {
    let body = || custom(&json!({}));
    let add = |body: Value| ("add-billing-config", body);
    check(&[registered()], &context(), add(body()), Ok(&[added(body())]));
    let given = [registered(), added(body())];
    check(&given, &context(), add(body()), Ok(&[]));
    let other = custom(&json!({ "provider": "workday" }));
    check(&given, &context(), add(other), Err(Refusal::BillingConfigExists));
    check(&[registered()], &context(), add(without_id(body())), Err(Refusal::IdMissing));
}

#[test]
fn a_customer_has_at_most_100_billing_configurations_that_are_not_archived() {
    let add = || ("add-billing-config", custom(&json!({})));
    let accepted = [added(custom(&json!({})))];
    check(&with_configs(99), &context(), add(), Ok(&accepted));
    let mut given = with_configs(100);
    check(&given, &context(), add(), Err(Refusal::TooManyBillingConfigs));
    given.push(archived(0));
    check(&given, &context(), add(), Ok(&accepted));
}

#[test]
fn billing_configurations_are_archived_all_or_none() {
    let archive = |ids: &[String]| ("archive-billing-configs", json!({ "ids": ids }));
    let mut given = with_configs(2);
    let both = [numbered(0), numbered(1)];
    check(&given, &context(), archive(&both), Ok(&[archived(0), archived(1)]));
    let unknown = Err(Refusal::BillingConfigUnknown);
    check(&given, &context(), archive(&[numbered(0), numbered(7)]), unknown);
    given.push(archived(0));
    check(&given, &context(), archive(&both), Ok(&[archived(1)]));
}
