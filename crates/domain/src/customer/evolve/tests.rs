//! The state that each event leads to.

use serde_json::{Value, json};

use crate::customer::Customer;
use crate::customer::testing::{
    ADA, BOB, NOW, archived, attached, config, customer, default_set, external_id_changed, mapped,
    numbered, registered, stored,
};

/// Given this history of a registered customer, then this part of its state is this.
#[track_caller]
fn check(given: &[Value], pointer: &str, then: &Value) {
    let history = [&[registered()][..], given].concat();
    let state = serde_json::to_value(customer(&history)).expect("JSON");
    assert_eq!(state.pointer(pointer).unwrap_or(&Value::Null), then, "{pointer} of {given:#?}");
}

#[test]
fn a_registered_customer_has_everything_that_it_was_registered_with() {
    let data = json!({
        "external_id": "ada",
        "aliases": ["countess"],
        "profile": { "name": "Ada", "address": { "city": "London" } },
        "metadata": { "a": "b" },
        "custom_fields": { "plan": "gold", "vat": "GB1" },
        "unique_custom_fields": ["vat"],
        "config": { "leave_stripe_invoices_in_draft": false },
        "parent_customer_id": BOB,
    });
    let mut state = serde_json::to_value(customer(&[stored("CustomerRegistered", data.clone())]))
        .expect("JSON");
    assert_eq!(
        state.as_object_mut().and_then(|state| state.remove("status")),
        Some("active".into())
    );
    assert_eq!(state, data);
}

#[test]
fn an_external_id_that_changes_becomes_a_former_one() {
    let changed = external_id_changed;
    check(&[changed("one")], "/external_id", &json!("one"));
    check(&[changed("one")], "/former_external_ids", &json!(null));
    let three = [changed("one"), changed("two"), changed("three")];
    check(&three, "/former_external_ids", &json!(["one", "two"]));
}

#[test]
fn an_external_id_that_comes_back_is_no_longer_a_former_one() {
    let changed = external_id_changed;
    let back = [changed("one"), changed("two"), changed("three"), changed("one")];
    check(&back, "/external_id", &json!("one"));
    check(&back, "/former_external_ids", &json!(["two", "three"]));
}

#[test]
fn an_external_id_that_is_removed_becomes_a_former_one() {
    let removed = stored("ExternalIdChanged", json!({ "external_id": null }));
    let history = [external_id_changed("one"), removed];
    check(&history, "/external_id", &json!(null));
    check(&history, "/former_external_ids", &json!(["one"]));
}

#[test]
fn a_customer_remembers_its_latest_100_former_external_ids() {
    let name = |n: usize| format!("id-{n}");
    let history: Vec<_> = (0..=101).map(|n| external_id_changed(&name(n))).collect();
    let former: Vec<_> = (0..100).map(name).collect();
    check(&history[..101], "/former_external_ids", &former.into());
    let former: Vec<_> = (1..101).map(name).collect();
    check(&history, "/former_external_ids", &former.into());
}

#[test]
fn a_custom_field_is_unique_if_it_was_when_it_was_set_last() {
    let set = |fields: Value, unique: &[&str]| {
        stored("CustomFieldsSet", json!({ "fields": fields, "unique": unique }))
    };
    let both = set(json!({ "plan": "gold", "vat": "1" }), &["plan", "vat"]);
    check(std::slice::from_ref(&both), "/unique_custom_fields", &json!(["plan", "vat"]));
    let history = [both, set(json!({ "plan": "silver" }), &[])];
    check(&history, "/custom_fields", &json!({ "plan": "silver", "vat": "1" }));
    check(&history, "/unique_custom_fields", &json!(["vat"]));
    let [both, plain] = history;
    let deleted = stored("CustomFieldsDeleted", json!({ "keys": ["vat"] }));
    let history = [both, plain, deleted];
    check(&history, "/custom_fields", &json!({ "plan": "silver" }));
    check(&history, "/unique_custom_fields", &json!(null));
}

#[test]
fn the_latest_aliases_metadata_parent_and_status_count() {
    let aliases = |names: &[&str]| stored("AliasesSet", json!({ "aliases": names }));
    check(&[aliases(&["a", "b"]), aliases(&["c"])], "/aliases", &json!(["c"]));
    let metadata = |values: Value| stored("MetadataReplaced", json!({ "metadata": values }));
    let history = [metadata(json!({ "a": "1" })), metadata(json!({ "b": "2" }))];
    check(&history, "/metadata", &json!({ "b": "2" }));
    let status = json!({ "value": "unbillable", "effective_at": NOW });
    let set = stored("BillableStatusSet", json!({ "billable_status": status }));
    check(&[set], "/billable_status", &status);
    let parent = stored("ParentSet", json!({ "parent_customer_id": BOB }));
    check(&[parent], "/parent_customer_id", &json!(BOB));
    check(&[archived()], "/status", &json!("archived"));
    check(&[archived(), stored("CustomerRestored", json!({}))], "/status", &json!("active"));
}

#[test]
fn a_change_of_fields_leaves_the_other_fields() {
    for (event, member, first, second) in [
        ("ProfileUpdated", "/profile", json!({ "title": "Dr" }), json!({ "name": "Grace" })),
        (
            "ConfigUpdated",
            "/config",
            json!({ "salesforce_account_id": "1" }),
            json!({ "leave_stripe_invoices_in_draft": true }),
        ),
        (
            "InvoiceDeliveryUpdated",
            "/invoice_delivery",
            json!({ "currency": "EUR" }),
            json!({ "email": "ada@example.org" }),
        ),
        (
            "TaxSettingsSet",
            "/tax",
            json!({ "treatment": "exempt" }),
            json!({ "rate_overrides": [{ "tax_rate_code": "std", "currency": "EUR" }] }),
        ),
        ("RollupBillingSet", "/rollup", json!({ "enabled": true }), json!({ "frequency": "DAY" })),
    ] {
        let mut both = first.clone();
        let fields = both.as_object_mut().expect("an object");
        fields.extend(second.as_object().expect("an object").clone());
        check(&[stored(event, first), stored(event, second)], member, &both);
    }
}

#[test]
fn an_archived_configuration_moves_to_the_end_and_comes_back_under_its_id() {
    for (kind, member) in [("Billing", "/billing_configs"), ("Revenue", "/revenue_configs")] {
        let config = |id: &str| config("netsuite", json!({ "id": id }));
        let added = |id: &str| stored(&format!("{kind}ConfigAdded"), config(id));
        let archived =
            stored(&format!("{kind}ConfigArchived"), json!({ "id": ADA, "archived_at": NOW }));
        let mut old = config(ADA);
        old["archived_at"] = NOW.into();
        let history = [added(ADA), added(BOB), archived, added(ADA)];
        check(&history[..2], member, &json!([config(ADA), config(BOB)]));
        check(&history[..3], member, &json!([config(BOB), old]));
        check(&history, member, &json!([config(BOB), config(ADA)]));
    }
}

#[test]
fn a_customer_keeps_its_latest_100_archived_configurations_and_all_in_use() {
    for kind in ["Billing", "Revenue"] {
        let config = |n| config("netsuite", json!({ "id": numbered(n) }));
        let added = (0..103).map(|n| stored(&format!("{kind}ConfigAdded"), config(n)));
        // Not in the order in which they were added.
        let archived = (0..101).rev().map(|n| {
            let data = json!({ "id": numbered(n), "archived_at": NOW });
            stored(&format!("{kind}ConfigArchived"), data)
        });
        let history: Vec<_> = [registered()].into_iter().chain(added).chain(archived).collect();
        let ids = |history: &[Value]| -> Vec<String> {
            let Customer { billing_configs, revenue_configs, .. } = customer(history);
            let billing = billing_configs.iter().map(|config| config.id.to_string());
            billing.chain(revenue_configs.iter().map(|config| config.id.to_string())).collect()
        };
        let (last, all_but_last) = history.split_last().expect("a history");
        let in_use = [101, 102].map(numbered);
        let kept = |archived: std::ops::Range<usize>| -> Vec<String> {
            in_use.iter().cloned().chain(archived.rev().map(numbered)).collect()
        };
        assert_eq!(last["data"]["id"], numbered(0));
        let before: Vec<_> = [numbered(0)].into_iter().chain(kept(1..101)).collect();
        assert_eq!(ids(all_but_last), before);
        assert_eq!(ids(&history), kept(0..100));
    }
}

#[test]
fn an_integration_is_replaced_or_removed_by_its_system_and_entity() {
    let integration =
        |provider_type: &str, entity: &str| mapped(provider_type, entity)["data"].clone();
    let mut person = integration("crm", "1");
    person["entity_type"] = "person".into();
    let all = [mapped("crm", "1"), mapped("crm", "2"), mapped("erp", "1")];
    let remapped = [&all[..], &[stored("IntegrationMapped", person.clone())]].concat();
    let others = [integration("crm", "2"), integration("erp", "1")];
    check(&remapped, "/integrations", &json!([person, others[0], others[1]]));
    let unmapped = stored("IntegrationUnmapped", integration("crm", "1"));
    check(&[&all[..], &[unmapped]].concat(), "/integrations", &json!(others));
}

#[test]
fn a_payment_profile_changes_or_goes_without_the_others() {
    let all = [attached("p1", "ACTIVE"), attached("p2", "ACTIVE")];
    let change = json!({ "id": "p2", "status": "EXPIRED", "type": null, "provider": "ADYEN",
                         "display_name": "Visa", "expires_at": NOW, "metadata": { "a": "b" } });
    let history = [&all[..], &[stored("PaymentProfileUpdated", change)]].concat();
    check(&history, "/payment/profiles/0", &all[0]["data"]);
    let changed = json!({ "id": "p2", "status": "EXPIRED", "provider": "ADYEN",
                          "display_name": "Visa", "expires_at": NOW, "metadata": { "a": "b" } });
    check(&history, "/payment/profiles/1", &changed);
    let detached = stored("PaymentProfileDetached", json!({ "id": "p1" }));
    let history = [&all[..], &[default_set(Some("p2"), true), detached]].concat();
    let payment = json!({ "default_payment_profile_id": "p2", "auto_pay": true,
                          "profiles": [all[1]["data"]] });
    check(&history, "/payment", &payment);
}
