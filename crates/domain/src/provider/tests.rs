//! What providers accept and ask for.

use serde_json::{Value, json};

use super::{AwsRegion, Configuration, DeliveryMethod, Provider, StripeCollectionMethod};
use crate::check::Pointer;

const ALL: [(Provider, &str); 9] = [
    (Provider::Stripe, "stripe_customer_id"),
    (Provider::AwsMarketplace, "aws_customer_id"),
    (Provider::AzureMarketplace, "azure_subscription_id"),
    (Provider::GcpMarketplace, "gcp_entitlement_id"),
    (Provider::Netsuite, "netsuite_customer_id"),
    (Provider::Custom, "customer_id"),
    (Provider::QuickbooksOnline, "customer_id"),
    (Provider::Workday, "customer_id"),
    (Provider::Metronome, "customer_id"),
];

fn configuration(members: &Value) -> Configuration {
    let read: Configuration = serde_json::from_value(members.clone()).expect("an object");
    assert_eq!(members.as_object().cloned().map(Configuration::from), Some(read.clone()));
    read
}

#[test]
fn each_provider_accepts_its_own_delivery_methods() {
    use DeliveryMethod::{AwsSns, AwsSqs, DirectToBillingProvider, Tackle};
    for (provider, _) in ALL {
        let accepted = [DirectToBillingProvider, AwsSqs, AwsSns, Tackle]
            .into_iter()
            .filter(|method| provider.accepts(*method));
        let expected = match provider {
            Provider::Stripe | Provider::Netsuite => 1,
            Provider::AzureMarketplace | Provider::GcpMarketplace => 3,
            Provider::AwsMarketplace
            | Provider::Custom
            | Provider::QuickbooksOnline
            | Provider::Workday
            | Provider::Metronome => 4,
        };
        let all = [DirectToBillingProvider, AwsSqs, AwsSns, Tackle];
        assert_eq!(accepted.collect::<Vec<_>>(), all[..expected], "{provider:?}");
    }
}

#[test]
fn a_configuration_names_the_customer_as_the_provider_does() {
    for (provider, member) in ALL {
        assert_eq!(provider.reference_member(), member);
        let id = |id: Value| {
            configuration(&json!({ member: id })).customer_id(provider).map(str::to_owned)
        };
        assert_eq!(id(json!("cus_1")).as_deref(), Some("cus_1"));
        assert_eq!(id(json!(1)), None);
        let longest = "\u{e9}".repeat(255);
        assert_eq!(id(json!(longest)), Some(longest.clone()));
        assert_eq!(id(json!(longest + "x")), None);
        assert_eq!(configuration(&json!({ "other": "1" })).customer_id(provider), None);
    }
}

#[test]
fn each_provider_with_a_public_contract_checks_its_configuration() {
    for (provider, member) in ALL {
        let wrong = |members: Value| {
            let mut found = vec![];
            let mut at = Pointer::root();
            at.within("c", |at| configuration(&members).check_for(provider, at, &mut found));
            found.into_iter().map(|violation| violation.pointer).collect::<Vec<_>>()
        };
        let checked = member != "customer_id";
        let unknown = if checked { vec!["/c/typo"] } else { vec![] };
        assert_eq!(wrong(json!({ "typo": "1" })), unknown, "{provider:?}");
        let mut valid = json!({ member: "1" });
        let more = match provider {
            Provider::Stripe => json!({ "stripe_collection_method": "send_invoice",
                                        "leave_stripe_invoices_in_draft": true }),
            Provider::AwsMarketplace => json!({ "aws_product_code": "1", "aws_region": "eu-west-1",
                                                "aws_is_subscription_product": true,
                                                "aws_customer_account_id": "1" }),
            Provider::GcpMarketplace => json!({ "gcp_service_name": "1" }),
            Provider::AzureMarketplace
            | Provider::Netsuite
            | Provider::Custom
            | Provider::QuickbooksOnline
            | Provider::Workday
            | Provider::Metronome => json!({}),
        };
        let members = valid.as_object_mut().expect("an object");
        members.extend(more.as_object().cloned().unwrap_or_default());
        assert_eq!(wrong(valid.clone()), Vec::<String>::new(), "{provider:?}");
        valid[member] = "".into();
        let empty = if checked { vec![format!("/c/{member}")] } else { vec![] };
        assert_eq!(wrong(valid), empty, "{provider:?}");
    }
}

#[test]
fn regions_of_aws_are_known_by_their_exact_names() {
    let region = |name: &str| serde_json::from_value::<AwsRegion>(json!(name));
    for name in ["us-east-1", "ap-southeast-5", "ca-west-1", "il-central-1", "eusc-de-east-1"] {
        let known = region(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(serde_json::to_value(known).expect("JSON"), json!(name));
    }
    assert!(region("eu-west-9").is_err() && region("US-EAST-1").is_err());
}

#[test]
fn payment_by_intent_is_one_of_two_collection_methods() {
    for (name, by_intent) in [
        ("charge_automatically", false),
        ("send_invoice", false),
        ("auto_charge_payment_intent", true),
        ("manually_charge_payment_intent", true),
    ] {
        let configuration = configuration(&json!({ "stripe_collection_method": name }));
        let method = configuration.stripe_collection_method();
        assert_eq!(
            method.map(StripeCollectionMethod::is_payment_intent),
            Some(by_intent),
            "{name}"
        );
    }
    assert_eq!(configuration(&json!({})).stripe_collection_method(), None);
    let unknown = json!({ "stripe_collection_method": "cash" });
    assert_eq!(configuration(&unknown).stripe_collection_method(), None);
}
