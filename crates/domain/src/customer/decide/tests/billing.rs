//! Billing and revenue configurations.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{
    ADA, BOB, NOW, SQS, STRIPE_ONE, check, context, customer, registered,
};

/// A configuration for `provider` that is valid but for what the rules say of `more`.
fn config(provider: &str, more: Value) -> Value {
    let configuration = match provider {
        "stripe" => json!({ "stripe_customer_id": "cus_1",
                            "stripe_collection_method": "auto_charge_payment_intent" }),
        "aws_marketplace" => json!({ "aws_customer_id": "1", "aws_product_code": "p",
                                     "aws_region": "us-west-1" }),
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

fn added(data: &Value) -> Value {
    json!({ "type": "BillingConfigAdded", "data": data })
}

#[track_caller]
fn accepted(config: Value) {
    let added = added(&config);
    check(&[registered()], &context(), ("add-billing-config", config), Ok(&[added]));
}

#[track_caller]
fn refused(config: Value, refusal: Refusal) {
    check(&[registered()], &context(), ("add-billing-config", config), Err(refusal));
}

#[test]
fn a_billing_configuration_is_added_once() {
    let direct = || json!({ "delivery_method": "direct_to_billing_provider" });
    let custom = || config("custom", direct());
    accepted(custom());
    let given = [registered(), added(&custom())];
    check(&given, &context(), ("add-billing-config", custom()), Ok(&[]));
    let other = config("workday", direct());
    let exists = Err(Refusal::BillingConfigExists);
    check(&given, &context(), ("add-billing-config", other), exists);
    let mut without_id = custom();
    without_id.as_object_mut().unwrap().remove("id");
    refused(without_id, Refusal::IdMissing);
}

#[test]
fn documents_go_by_a_method_or_by_one_of_the_tenants_but_not_both() {
    refused(config("custom", json!({})), Refusal::DeliveryMethodMissing);
    let both = json!({ "delivery_method": "aws_sqs", "delivery_method_id": SQS });
    refused(config("aws_marketplace", both), Refusal::DeliveryMethodAmbiguous);
    accepted(config("aws_marketplace", json!({ "delivery_method_id": SQS })));
    accepted(config("aws_marketplace", json!({ "delivery_method": "tackle" })));
}

#[test]
fn a_delivery_method_has_to_suit_the_provider() {
    let tackle = json!({ "delivery_method": "tackle" });
    refused(config("gcp_marketplace", tackle), Refusal::DeliveryMethodNotForProvider);
    let sqs = || json!({ "delivery_method": "aws_sqs" });
    refused(config("netsuite", sqs()), Refusal::DeliveryMethodNotForProvider);
    accepted(config("gcp_marketplace", sqs()));
}

#[test]
fn a_delivery_method_of_the_tenant_has_to_exist_for_the_provider() {
    let unknown = json!({ "delivery_method_id": BOB });
    refused(config("aws_marketplace", unknown), Refusal::DeliveryMethodUnknown);
    let others = json!({ "delivery_method_id": SQS });
    refused(config("stripe", others), Refusal::DeliveryMethodUnknown);
}

#[test]
fn with_several_accounts_at_a_provider_one_has_to_be_named() {
    let direct = json!({ "delivery_method": "direct_to_billing_provider" });
    refused(config("stripe", direct), Refusal::DeliveryMethodIdRequired);
    accepted(config("stripe", json!({ "delivery_method_id": STRIPE_ONE })));
}

#[test]
fn a_tax_provider_goes_only_with_stripe_and_a_payment_intent() {
    let anrok = || json!({ "delivery_method_id": STRIPE_ONE, "tax_provider": "anrok" });
    accepted(config("stripe", anrok()));
    let mut invoiced = config("stripe", anrok());
    invoiced["configuration"]["stripe_collection_method"] = "send_invoice".into();
    refused(invoiced, Refusal::TaxProviderNotAllowed);
    let aws = json!({ "delivery_method_id": SQS, "tax_provider": "anrok" });
    refused(config("aws_marketplace", aws), Refusal::TaxProviderNotAllowed);
}

fn numbered(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn with_configs(count: usize) -> Vec<Value> {
    let more = |n| json!({ "id": numbered(n), "delivery_method": "tackle" });
    let added = (0..count).map(|n| added(&config("custom", more(n))));
    std::iter::once(registered()).chain(added).collect()
}

#[test]
fn the_hundred_and_first_billing_configuration_is_refused_until_one_is_archived() {
    let one_more = || config("custom", json!({ "delivery_method": "tackle" }));
    let mut given = with_configs(100);
    let too_many = Err(Refusal::TooManyBillingConfigs);
    check(&given, &context(), ("add-billing-config", one_more()), too_many);
    given.push(json!({ "type": "BillingConfigArchived",
                       "data": { "id": numbered(0), "archived_at": NOW } }));
    check(&given, &context(), ("add-billing-config", one_more()), Ok(&[added(&one_more())]));
}

#[test]
fn billing_configurations_are_archived_all_or_none() {
    let archived = |n| json!({ "type": "BillingConfigArchived", "data": { "id": numbered(n), "archived_at": NOW } });
    let archive = |ids: &[String]| ("archive-billing-configs", json!({ "ids": ids }));
    let mut given = with_configs(2);
    let both = [numbered(0), numbered(1)];
    check(&given, &context(), archive(&both), Ok(&[archived(0), archived(1)]));
    let unknown = Err(Refusal::BillingConfigUnknown);
    check(&given, &context(), archive(&[numbered(0), numbered(7)]), unknown);
    given.push(archived(0));
    check(&given, &context(), archive(&both), Ok(&[archived(1)]));
}

#[test]
fn the_state_keeps_the_latest_hundred_archived_configurations() {
    let mut given = with_configs(101);
    given.extend((0..101).rev().map(|n| {
        json!({ "type": "BillingConfigArchived", "data": { "id": numbered(n), "archived_at": NOW } })
    }));
    let ada = customer(&given);
    assert_eq!(ada.billing_configs.len(), 100);
    let kept = |n| ada.billing_configs.iter().any(|config| config.id.to_string() == numbered(n));
    assert!(kept(0) && kept(99) && !kept(100));
}

#[test]
fn revenue_configurations_are_added_and_archived() {
    let data = config("netsuite", json!({}));
    let added = json!({ "type": "RevenueConfigAdded", "data": data });
    let add = |data: &Value| ("add-revenue-config", data.clone());
    check(&[registered()], &context(), add(&data), Ok(from_ref(&added)));
    let given = [registered(), added];
    check(&given, &context(), add(&data), Ok(&[]));
    let other = config("netsuite", json!({ "configuration": { "netsuite_customer_id": "2" } }));
    check(&given, &context(), add(&other), Err(Refusal::RevenueConfigExists));
    let mut without_id = data.clone();
    without_id.as_object_mut().unwrap().remove("id");
    check(&given, &context(), add(&without_id), Err(Refusal::IdMissing));
    let both = json!({ "id": BOB, "delivery_method": "tackle", "delivery_method_id": SQS });
    let ambiguous = Err(Refusal::DeliveryMethodAmbiguous);
    check(&given, &context(), add(&config("netsuite", both)), ambiguous);

    let archived =
        json!({ "type": "RevenueConfigArchived", "data": { "id": ADA, "archived_at": NOW } });
    let archive = |id: &str| ("archive-revenue-configs", json!({ "ids": [id] }));
    check(&given, &context(), archive(ADA), Ok(from_ref(&archived)));
    check(&given, &context(), archive(BOB), Err(Refusal::RevenueConfigUnknown));
    let [first, second] = given;
    check(&[first, second, archived], &context(), archive(ADA), Ok(&[]));
}

#[test]
fn the_hundred_and_first_revenue_configuration_is_refused() {
    let mut given = vec![registered()];
    given.extend((0..100).map(|n| {
        let data = config("netsuite", json!({ "id": numbered(n) }));
        json!({ "type": "RevenueConfigAdded", "data": data })
    }));
    let add = ("add-revenue-config", config("netsuite", json!({})));
    check(&given, &context(), add, Err(Refusal::TooManyRevenueConfigs));
}
