//! How documents reach a billing provider, and who calculates taxes.

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{BOB, SQS, STRIPE_ONE, check, config, context, registered, stored};

#[track_caller]
fn accepted(config: Value) {
    let added = stored("BillingConfigAdded", config.clone());
    check(&[registered()], &context(), ("add-billing-config", config), Ok(&[added]));
}

#[track_caller]
fn refused(config: Value, refusal: Refusal) {
    check(&[registered()], &context(), ("add-billing-config", config), Err(refusal));
}

#[test]
fn a_billing_configuration_has_either_a_delivery_method_or_the_id_of_one() {
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
fn a_configuration_names_the_account_if_the_tenant_has_several_with_the_same_delivery_method() {
    let direct = json!({ "delivery_method": "direct_to_billing_provider" });
    refused(config("stripe", direct), Refusal::DeliveryMethodIdRequired);
    accepted(config("stripe", json!({ "delivery_method_id": STRIPE_ONE })));
}

#[test]
fn a_delivery_method_that_one_account_of_the_provider_has_names_that_account() {
    let mut context = context();
    let sqs_and_sns = json!({ "status": "active", "delivery_methods": [
        { "id": SQS, "provider": "aws_marketplace", "delivery_method": "aws_sqs" },
        { "id": STRIPE_ONE, "provider": "aws_marketplace", "delivery_method": "aws_sns" },
    ] });
    context.tenant = std::sync::Arc::new(serde_json::from_value(sqs_and_sns).expect("a tenant"));
    for method in ["aws_sqs", "aws_sns", "direct_to_billing_provider"] {
        let config = config("aws_marketplace", json!({ "delivery_method": method }));
        let added = stored("BillingConfigAdded", config.clone());
        check(&[registered()], &context, ("add-billing-config", config), Ok(&[added]));
    }
}

#[test]
fn stripe_needs_no_collection_method() {
    let mut config = config("stripe", json!({ "delivery_method_id": STRIPE_ONE }));
    config["configuration"] = json!({ "stripe_customer_id": "cus_1" });
    accepted(config);
}

#[test]
fn a_tax_provider_needs_stripe_and_a_payment_intent() {
    let anrok = |collection: &str| {
        let mut config =
            config("stripe", json!({ "delivery_method_id": STRIPE_ONE, "tax_provider": "anrok" }));
        config["configuration"]["stripe_collection_method"] = collection.into();
        config
    };
    accepted(anrok("auto_charge_payment_intent"));
    accepted(anrok("manually_charge_payment_intent"));
    refused(anrok("send_invoice"), Refusal::TaxProviderNotAllowed);
    refused(anrok("charge_automatically"), Refusal::TaxProviderNotAllowed);
    let aws = json!({ "delivery_method_id": SQS, "tax_provider": "anrok" });
    refused(config("aws_marketplace", aws), Refusal::TaxProviderNotAllowed);
    let custom = json!({ "delivery_method": "tackle", "tax_provider": "anrok", "configuration":
        { "stripe_collection_method": "auto_charge_payment_intent" } });
    refused(config("custom", custom), Refusal::TaxProviderNotAllowed);
}
