//! Any command to one of a few customers.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::customer::testing::{STRIPE_ONE, numbered};

/// How many customers there are.
pub(super) const CUSTOMERS: usize = 11;
/// How many configurations a customer can have: few, so that commands meet those that are there.
const CONFIGS: usize = 3;

/// The name and the body of a command.
pub(super) type Draft = (&'static str, Value);

/// The registration of a customer. Some have a parent: together they make two lines that are too
/// deep to be joined, so every other new parent is refused.
pub(super) fn registration(number: usize) -> Draft {
    let parent = (number % 6).checked_sub(1).map(|_| numbered(number - 1));
    let body = json!({ "id": numbered(number), "profile": { "name": "a" },
                       "external_id": number.to_string(), "parent_customer_id": parent });
    ("register-customer", body)
}

/// Any other command, to any customer.
pub(super) fn anything() -> impl Strategy<Value = (usize, Draft)> {
    let any_command = prop_oneof![
        2 => identity(),
        2 => billing(),
        2 => payment(),
        1 => settings(),
        2 => lifecycle(),
    ];
    (0..CUSTOMERS, any_command)
}

fn word() -> impl Strategy<Value = String> {
    "[abc]"
}

fn nullable(value: impl Strategy<Value = String>) -> impl Strategy<Value = Value> {
    proptest::option::of(value).prop_map(Value::from)
}

fn any_customer() -> impl Strategy<Value = String> {
    (0..CUSTOMERS).prop_map(numbered)
}

fn any_config() -> impl Strategy<Value = String> {
    (0..CONFIGS).prop_map(numbered)
}

fn words() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set(word(), 0..3).prop_map(|words| words.into_iter().collect())
}

fn identity() -> impl Strategy<Value = Draft> {
    prop_oneof![
        (word(), nullable(word()), nullable(word())).prop_map(|(name, title, city)| (
            "update-profile",
            json!({ "name": name, "title": title, "address": { "city": city } })
        )),
        nullable(word())
            .prop_map(|line| ("update-profile", json!({ "address": { "line1": line } }))),
        Just(("update-profile", json!({ "address": null, "tags": ["a"] }))),
        nullable(word()).prop_map(|id| ("change-external-id", json!({ "external_id": id }))),
        words().prop_map(|aliases| ("set-aliases", json!({ "aliases": aliases }))),
        word().prop_map(|value| ("replace-metadata", json!({ "metadata": { "a": value } }))),
        (word(), word()).prop_map(|(key, value)| (
            "update-metadata",
            json!({ "set": { key: value }, "unset": ["d"] })
        )),
        word().prop_map(|key| ("update-metadata", json!({ "unset": [key] }))),
        (word(), words(), word()).prop_map(|(name, aliases, value)| (
            "upsert-customer",
            json!({ "profile": { "name": name }, "aliases": aliases, "metadata": { "b": value },
                    "custom_fields": { "plan": value }, "config": { "salesforce_account_id": name } })
        )),
        word().prop_map(|value| ("set-custom-fields", json!({ "fields": { "vat": value } }))),
        word().prop_map(|value| ("set-custom-fields", json!({ "fields": { "plan": value } }))),
        Just(("delete-custom-fields", json!({ "keys": ["vat"] }))),
    ]
}

fn billing() -> impl Strategy<Value = Draft> {
    let config = |id: String| {
        json!({ "id": id, "provider": "custom", "configuration": { "of": id },
                "delivery_method": "tackle" })
    };
    let stripe = |id: String| {
        let configuration = json!({ "stripe_customer_id": "cus_1",
                                    "stripe_collection_method": "send_invoice" });
        json!({ "id": id, "provider": "stripe", "configuration": configuration,
                "delivery_method_id": STRIPE_ONE })
    };
    let netsuite = |id: String| {
        let configuration = json!({ "netsuite_customer_id": "1" });
        json!({ "id": id, "provider": "netsuite", "configuration": configuration })
    };
    prop_oneof![
        any_config().prop_map(move |id| ("add-billing-config", config(id))),
        any_config().prop_map(move |id| ("add-billing-config", stripe(id))),
        any_config().prop_map(|id| ("archive-billing-configs", json!({ "ids": [id] }))),
        any_config().prop_map(move |id| ("add-revenue-config", netsuite(id))),
        any_config().prop_map(|id| ("archive-revenue-configs", json!({ "ids": [id] }))),
        (word(), word()).prop_map(|(entity, value)| (
            "map-integration",
            json!({ "provider_type": "crm", "provider_entity_id": entity,
                    "metadata": { "a": value } })
        )),
        word().prop_map(|entity| (
            "unmap-integration",
            json!({ "provider_type": "crm", "provider_entity_id": entity })
        )),
    ]
}

fn payment() -> impl Strategy<Value = Draft> {
    let status = || prop_oneof![3 => Just("ACTIVE"), 1 => Just("EXPIRED")];
    let change = |(id, status, name): (String, &str, Value)| json!({ "id": id, "status": status, "display_name": name });
    prop_oneof![
        (word(), status()).prop_map(|(id, status)| (
            "attach-payment-profile",
            json!({ "id": id, "status": status })
        )),
        (word(), status(), nullable(word()))
            .prop_map(move |fields| ("update-payment-profile", change(fields))),
        word().prop_map(|id| ("detach-payment-profile", json!({ "id": id }))),
        (word(), any::<bool>()).prop_map(|(id, auto_pay)| (
            "set-default-payment-profile",
            json!({ "payment_profile_id": id, "auto_pay": auto_pay })
        )),
        Just(("set-default-payment-profile", json!({ "payment_profile_id": null }))),
        any::<bool>()
            .prop_map(|auto_pay| ("set-default-payment-profile", json!({ "auto_pay": auto_pay }))),
    ]
}

fn settings() -> impl Strategy<Value = Draft> {
    let method = prop_oneof![Just("EMAIL_INVOICE"), Just("PAPER_INVOICE")];
    let email = proptest::option::of(Just("ada@example.org"));
    prop_oneof![
        any::<Option<bool>>().prop_map(|draft| (
            "update-config",
            json!({ "leave_stripe_invoices_in_draft": draft })
        )),
        (method, email, nullable(word())).prop_map(|(method, email, line)| (
            "update-invoice-delivery",
            json!({ "method": method, "email": email, "address": { "line1": line } })
        )),
        any::<bool>().prop_map(|exempt| (
            "set-tax-settings",
            json!({ "treatment": if exempt { "exempt" } else { "taxable" } })
        )),
        (1970..1980, 1970..1980).prop_map(|(start, end)| (
            "set-rollup-billing",
            json!({ "start_date": format!("{start}-01-01T00:00:00Z"),
                    "end_date": format!("{end}-01-01T00:00:00Z") })
        )),
        Just((
            "set-billable-status",
            json!({ "value": "unbillable", "effective_at": "2026-01-01T00:00:00Z" })
        )),
    ]
}

fn lifecycle() -> impl Strategy<Value = Draft> {
    prop_oneof![
        4 => proptest::option::of(any_customer())
            .prop_map(|parent| ("set-parent", json!({ "parent_customer_id": parent }))),
        1 => Just(("archive-customer", json!({}))),
        2 => Just(("restore-customer", json!({}))),
        3 => (1_u64..12).prop_map(|version| ("revert-to", json!({ "version": version }))),
        3 => (1_u64..12).prop_map(|version| ("undo-event", json!({ "version": version }))),
    ]
}
