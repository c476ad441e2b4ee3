//! The fields that a history shows are exactly those that differ.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::changes;
use crate::customer::testing::{customer, event, registered};
use crate::customer::{Customer, FieldChange, is_field};

const ID: &str = "00000000-0000-4000-8000-0000000000b1";

/// Given this history, when this event follows, then these fields change: `[pointer, old, new]`, with
/// `null` for what is absent.
#[track_caller]
fn check(given: &[Value], when: Value, then: &Value) {
    let before = customer(given);
    let after = before.clone().evolve(event(when));
    let shown: Vec<_> = changes(&before, &after)
        .into_iter()
        .map(|FieldChange { field, old, new }| json!([field, old, new]))
        .collect();
    assert_eq!(Value::from(shown), *then, "given {given:#?}");
    expect_exact(&before, &after);
    expect_exact(&after, &before);
}

/// Requires that the differences, and nothing else, turn one state into the other.
#[track_caller]
pub(in crate::customer) fn expect_exact(before: &Customer, after: &Customer) {
    let mut leaves = leaves_of(before);
    for FieldChange { field, old, new } in changes(before, after) {
        assert_ne!(old, new, "{field} is as it was");
        assert!(is_field(&field), "no change can be found by {field}");
        assert_eq!(leaves.remove(&field), old, "{field} was something else");
        leaves.extend(new.map(|new| (field, new)));
    }
    assert_eq!(leaves, leaves_of(after));
}

/// The leaves of a state, found in the JSON of the whole.
fn leaves_of(state: &Customer) -> BTreeMap<String, Value> {
    let mut state = serde_json::to_value(state).expect("JSON");
    for list in ["/billing_configs", "/revenue_configs", "/payment/profiles", "/integrations"] {
        let Some(place) = state.pointer_mut(list) else { continue };
        let items = place.as_array().expect("a list").iter().map(|item| {
            let text = |name: &str| item[name].as_str().expect("a text").to_owned();
            let name = match list {
                "/integrations" => {
                    let kind = text("provider_type").replace('\\', r"\\").replace(':', r"\:");
                    kind + ":" + &text("provider_entity_id")
                }
                _ => text("id"),
            };
            (name, item.clone())
        });
        *place = Value::Object(items.collect());
    }
    let mut leaves = BTreeMap::new();
    collect(&mut leaves, "", &state);
    leaves
}

fn collect(leaves: &mut BTreeMap<String, Value>, at: &str, value: &Value) {
    let Some(members) = value.as_object().filter(|members| !members.is_empty()) else {
        assert_eq!(leaves.insert(at.to_owned(), value.clone()), None, "{at} is there twice");
        return;
    };
    for (name, value) in members {
        let name = name.replace('~', "~0").replace('/', "~1");
        collect(leaves, &format!("{at}/{name}"), value);
    }
}

fn profile_updated(data: &Value) -> Value {
    json!({ "type": "ProfileUpdated", "data": data })
}

fn billing_config(configuration: &Value) -> Value {
    json!({ "type": "BillingConfigAdded",
            "data": { "id": ID, "provider": "custom", "configuration": configuration } })
}

#[test]
fn a_customer_that_is_as_it_was_has_no_changes() {
    let state = customer(&[registered(), billing_config(&json!({}))]);
    assert_eq!(changes(&state, &state), []);
    check(&[registered()], profile_updated(&json!({ "name": "Ada" })), &json!([]));
}

#[test]
fn a_registration_shows_what_the_customer_was_registered_with() {
    let data = json!({ "profile": { "name": "Ada", "address": { "city": "Bern" } },
                       "external_id": "acme", "metadata": { "plan": "gold" } });
    check(
        &[],
        json!({ "type": "CustomerRegistered", "data": data }),
        &json!([
            ["/status", "unregistered", "active"],
            ["/external_id", null, "acme"],
            ["/profile/name", null, "Ada"],
            ["/profile/address/city", null, "Bern"],
            ["/metadata/plan", null, "gold"],
        ]),
    );
}

#[test]
fn a_profile_shows_each_field_on_its_own_and_in_the_order_of_the_fields() {
    let given = [registered(), profile_updated(&json!({ "address": { "city": "Bern" } }))];
    check(
        &given,
        profile_updated(&json!({ "address": { "city": "Bonn", "line1": "1 Way" },
                                "type": "BUSINESS", "name": "Acme" })),
        &json!([
            ["/profile/name", "Ada", "Acme"],
            ["/profile/type", null, "BUSINESS"],
            ["/profile/address/line1", null, "1 Way"],
            ["/profile/address/city", "Bern", "Bonn"],
        ]),
    );
    check(
        &given,
        profile_updated(&json!({ "address": null })),
        &json!([["/profile/address/city", "Bern", null]]),
    );
}

#[test]
fn a_list_of_nameless_things_is_one_field() {
    let tags = |tags: &[&str]| profile_updated(&json!({ "tags": tags }));
    check(
        &[registered(), tags(&["a", "b"])],
        tags(&["b", "c"]),
        &json!([["/profile/tags", ["a", "b"], ["b", "c"]]]),
    );
    let aliases =
        |aliases: &[&str]| json!({ "type": "AliasesSet", "data": { "aliases": aliases } });
    check(&[registered()], aliases(&["a"]), &json!([["/aliases", null, ["a"]]]));
    check(&[registered(), aliases(&["a"])], aliases(&[]), &json!([["/aliases", ["a"], null]]));
}

#[test]
fn former_external_ids_are_one_field_beside_the_current_one() {
    let changed = |id: &str| json!({ "type": "ExternalIdChanged", "data": { "external_id": id } });
    check(
        &[registered(), changed("one")],
        changed("two"),
        &json!([["/external_id", "one", "two"], ["/former_external_ids", null, ["one"]],]),
    );
}

#[test]
fn metadata_shows_only_the_keys_that_differ_and_names_any_key_whole() {
    let replaced =
        |metadata: Value| json!({ "type": "MetadataReplaced", "data": { "metadata": metadata } });
    let long = "é".repeat(100);
    let field = format!("/metadata/{long}");
    check(
        &[registered(), replaced(json!({ "a": "1", "b": "2", "c/d~e": "3" }))],
        replaced(json!({ "a": "1", "c/d~e": "4", "r#type": "5", &long: "6" })),
        &json!([
            ["/metadata/b", "2", null],
            ["/metadata/c~1d~0e", "3", "4"],
            ["/metadata/r#type", null, "5"],
            [field, null, "6"],
        ]),
    );
}

#[test]
fn custom_fields_and_which_of_them_are_unique_are_shown() {
    check(
        &[registered()],
        json!({ "type": "CustomFieldsSet",
                "data": { "fields": { "plan": "gold", "vat": "1" }, "unique": ["vat"] } }),
        &json!([
            ["/custom_fields/plan", null, "gold"],
            ["/custom_fields/vat", null, "1"],
            ["/unique_custom_fields", null, ["vat"]],
        ]),
    );
}

#[test]
fn a_configuration_shows_each_of_its_leaves_under_its_id() {
    let at = |field: &str| format!("/billing_configs/{ID}/{field}");
    check(
        &[registered()],
        billing_config(&json!({ "account": { "of": "x" }, "lines": [1, 2] })),
        &json!([
            [at("configuration/account/of"), null, "x"],
            [at("configuration/lines"), null, [1, 2]],
            [at("id"), null, ID],
            [at("provider"), null, "custom"],
        ]),
    );
    let archived_at = "2026-01-02T03:04:05.000006Z";
    check(
        &[registered(), billing_config(&json!({}))],
        json!({ "type": "BillingConfigArchived", "data": { "id": ID, "archived_at": archived_at } }),
        &json!([[at("archived_at"), null, archived_at]]),
    );
}

#[test]
fn an_object_without_members_is_shown_as_such() {
    let at = |field: &str| format!("/billing_configs/{ID}/{field}");
    check(
        &[registered(), billing_config(&json!({ "a": {} }))],
        billing_config(&json!({ "a": { "b": null } })),
        &json!([[at("configuration/a"), {}, null], [at("configuration/a/b"), null, null],]),
    );
}

#[test]
fn a_configuration_that_moves_within_the_list_shows_only_what_else_it_does() {
    let other = json!({ "type": "BillingConfigAdded",
                        "data": { "id": "00000000-0000-4000-8000-0000000000b2",
                                  "provider": "custom", "configuration": {} } });
    check(
        &[registered(), billing_config(&json!({ "n": 1 })), other],
        billing_config(&json!({ "n": 2 })),
        &json!([[format!("/billing_configs/{ID}/configuration/n"), 1, 2]]),
    );
}

#[test]
fn integrations_stay_apart_whatever_their_names_contain() {
    let mapped = |provider_type: &str, entity: &str, kind: &str| {
        json!({ "type": "IntegrationMapped",
                "data": { "provider_type": provider_type, "provider_entity_id": entity,
                          "entity_type": kind } })
    };
    check(
        &[registered(), mapped("crm", "a/b:c", "org"), mapped("x:y", "z", "org")],
        mapped("crm", "a/b:c", "person"),
        &json!([["/integrations/crm:a~1b:c/entity_type", "org", "person"]]),
    );
    check(
        &[registered(), mapped("x", "y:z", "org"), mapped("x:y", "z", "org")],
        mapped("x:y", "z", "person"),
        &json!([[r"/integrations/x\:y:z/entity_type", "org", "person"]]),
    );
}

#[test]
fn a_payment_profile_shows_its_leaves_and_brings_automatic_payment_into_view() {
    let attached = json!({ "type": "PaymentProfileAttached",
                           "data": { "id": "card/1", "status": "ACTIVE" } });
    check(
        &[registered()],
        attached.clone(),
        &json!([
            ["/payment/auto_pay", null, false],
            ["/payment/profiles/card~11/id", null, "card/1"],
            ["/payment/profiles/card~11/status", null, "ACTIVE"],
        ]),
    );
    check(
        &[registered(), attached],
        json!({ "type": "DefaultPaymentProfileSet",
                "data": { "payment_profile_id": "card/1", "auto_pay": true } }),
        &json!([
            ["/payment/default_payment_profile_id", null, "card/1"],
            ["/payment/auto_pay", false, true],
        ]),
    );
}

#[test]
fn a_status_with_a_time_is_two_fields() {
    let set = |value: &str| {
        json!({ "type": "BillableStatusSet",
                "data": { "billable_status": { "value": value,
                                               "effective_at": "2026-01-01T00:00:00.000000Z" } } })
    };
    check(
        &[registered(), set("billable")],
        set("unbillable"),
        &json!([["/billable_status/value", "billable", "unbillable"]]),
    );
}

#[test]
fn every_part_of_the_state_is_shown() {
    // All that a customer can have, so that no part of it goes unseen.
    let all = json!({
        "status": "active", "external_id": "e", "former_external_ids": ["f"], "aliases": ["a"],
        "profile": { "name": "n", "shipping": { "address": { "city": "c" } } },
        "metadata": { "m": "1" }, "custom_fields": { "vat": "1" }, "unique_custom_fields": ["vat"],
        "config": { "leave_stripe_invoices_in_draft": true },
        "billing_configs": [{ "id": ID, "provider": "custom", "configuration": {} }],
        "revenue_configs": [{ "id": ID, "provider": "netsuite", "configuration": {} }],
        "integrations": [{ "provider_type": "crm", "provider_entity_id": "1" }],
        "invoice_delivery": { "currency": "EUR" },
        "payment": { "auto_pay": false, "profiles": [{ "id": "p", "status": "ACTIVE" }] },
        "tax": { "treatment": "exempt" }, "rollup": { "enabled": true },
        "parent_customer_id": ID,
        "billable_status": { "value": "billable", "effective_at": "2026-01-01T00:00:00.000000Z" },
    });
    let state: Customer = serde_json::from_value(all.clone()).expect("a state");
    assert_eq!(serde_json::to_value(&state).expect("JSON"), all);
    let sections: Map<String, Value> = changes(&Customer::default(), &state)
        .into_iter()
        .filter_map(|change| Some((change.field.split('/').nth(1)?.to_owned(), Value::Null)))
        .collect();
    let members = all.as_object().expect("an object");
    assert_eq!(sections.keys().collect::<Vec<_>>(), members.keys().collect::<Vec<_>>());
    expect_exact(&Customer::default(), &state);
}
