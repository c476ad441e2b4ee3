use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, BOB, NOW, alias, archived, attached, below_bob, check, config, context, customer,
    default_set, external_id, external_id_changed, held_by_bob, mapped, registered, stored, wrong,
};
use crate::customer::{DecisionContext, ParentStatus, Refusal, changed_since};

fn undo(version: usize) -> (&'static str, Value) {
    ("undo-event", json!({ "version": version }))
}

/// The context in which the event of this version of the history is undone.
fn knowing(given: &[Value], version: usize, context: DecisionContext) -> DecisionContext {
    let state = |until: usize| given.get(..until).map(|past| Box::new(customer(past)));
    DecisionContext { past: state(version - 1), undone: state(version), ..context }
}

#[track_caller]
fn expect(given: &[Value], version: usize, then: Result<&[Value], Refusal>) {
    check(given, &knowing(given, version, context()), undo(version), then);
}

/// The fields of an event that have changed since.
fn changed(given: &[Value], version: usize) -> Vec<String> {
    let state = |until: usize| customer(&given[..until]);
    changed_since(&state(given.len()), &state(version - 1), &state(version))
}

fn updated(patch: Value) -> Value {
    stored("ProfileUpdated", patch)
}

fn profile_updated(change: Value) -> Value {
    stored("PaymentProfileUpdated", change)
}

fn tackle(kind: &str) -> Value {
    let provider = if kind == "Billing" { "custom" } else { "netsuite" };
    let method = if kind == "Billing" { json!({ "delivery_method": "tackle" }) } else { json!({}) };
    stored(&format!("{kind}ConfigAdded"), config(provider, method))
}

fn config_archived(kind: &str) -> Value {
    stored(&format!("{kind}ConfigArchived"), json!({ "id": ADA, "archived_at": NOW }))
}

#[test]
fn an_event_is_undone_by_one_that_gives_its_fields_their_former_values() {
    let unmapped = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    let status = json!({ "billable_status": { "value": "billable", "effective_at": NOW } });
    for (event, back) in [
        (
            updated(json!({ "name": "Ada L", "address": { "city": "Bern" } })),
            updated(json!({ "name": "Ada", "address": null })),
        ),
        (external_id_changed("ada"), stored("ExternalIdChanged", json!({ "external_id": null }))),
        (
            stored("AliasesSet", json!({ "aliases": ["countess"] })),
            stored("AliasesSet", json!({ "aliases": [] })),
        ),
        (
            stored("MetadataReplaced", json!({ "metadata": { "a": "b" } })),
            stored("MetadataReplaced", json!({ "metadata": {} })),
        ),
        (
            stored("CustomFieldsSet", json!({ "fields": { "plan": "gold" }, "unique": [] })),
            stored("CustomFieldsDeleted", json!({ "keys": ["plan"] })),
        ),
        (
            stored("ConfigUpdated", json!({ "leave_stripe_invoices_in_draft": true })),
            stored("ConfigUpdated", json!({ "leave_stripe_invoices_in_draft": null })),
        ),
        (tackle("Billing"), config_archived("Billing")),
        (tackle("Revenue"), config_archived("Revenue")),
        (mapped("crm", "7"), stored("IntegrationUnmapped", unmapped)),
        (
            stored("InvoiceDeliveryUpdated", json!({ "currency": "EUR" })),
            stored("InvoiceDeliveryUpdated", json!({ "currency": null })),
        ),
        (attached("p1", "ACTIVE"), stored("PaymentProfileDetached", json!({ "id": "p1" }))),
        (
            stored("TaxSettingsSet", json!({ "treatment": "exempt" })),
            stored("TaxSettingsSet", json!({ "treatment": null })),
        ),
        (
            stored("RollupBillingSet", json!({ "enabled": true })),
            stored("RollupBillingSet", json!({ "enabled": null })),
        ),
        (
            stored("ParentSet", json!({ "parent_customer_id": BOB })),
            stored("ParentSet", json!({ "parent_customer_id": null })),
        ),
        (
            stored("BillableStatusSet", status),
            stored("BillableStatusSet", json!({ "billable_status": null })),
        ),
        (archived(), stored("CustomerRestored", json!({}))),
    ] {
        expect(&[registered(), event], 2, Ok(&[back]));
    }
}

#[test]
fn what_an_event_removed_comes_back() {
    let crm = || mapped("crm", "7");
    let unmapped = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    let plan = stored("CustomFieldsSet", json!({ "fields": { "plan": "gold" }, "unique": [] }));
    for (there, event) in [
        (crm(), stored("IntegrationUnmapped", unmapped)),
        (plan, stored("CustomFieldsDeleted", json!({ "keys": ["plan"] }))),
        (attached("p1", "ACTIVE"), stored("PaymentProfileDetached", json!({ "id": "p1" }))),
        (tackle("Billing"), config_archived("Billing")),
        (tackle("Revenue"), config_archived("Revenue")),
    ] {
        expect(&[registered(), there.clone(), event], 3, Ok(from_ref(&there)));
    }
    let restored = stored("CustomerRestored", json!({}));
    expect(&[registered(), archived(), restored], 3, Ok(&[archived()]));
}

#[test]
fn a_changed_payment_profile_and_a_default_get_their_former_values() {
    let expired = profile_updated(json!({ "id": "p1", "status": "EXPIRED" }));
    let back = profile_updated(json!({ "id": "p1", "status": "ACTIVE" }));
    expect(&[registered(), attached("p1", "ACTIVE"), expired], 3, Ok(&[back]));
    let given = [
        registered(),
        attached("p1", "ACTIVE"),
        attached("p2", "ACTIVE"),
        default_set(Some("p1"), true),
        default_set(Some("p2"), true),
    ];
    expect(&given, 5, Ok(&[default_set(Some("p1"), true)]));
    expect(&given, 4, Err(Refusal::ChangedSince));
}

#[test]
fn fields_that_others_changed_stay_as_they_are() {
    let given = [
        registered(),
        updated(json!({ "name": "Ada L", "title": "Countess" })),
        updated(json!({ "email": "ada@example.com" })),
        stored("MetadataReplaced", json!({ "metadata": { "a": "1", "b": "1" } })),
        stored("MetadataReplaced", json!({ "metadata": { "a": "1", "b": "1", "c": "1" } })),
    ];
    expect(&given, 2, Ok(&[updated(json!({ "name": "Ada", "title": null }))]));
    let back = stored("MetadataReplaced", json!({ "metadata": { "c": "1" } }));
    expect(&given, 4, Ok(&[back]));
}

#[test]
fn a_later_change_beside_a_field_of_the_event_stays() {
    let city = || json!({ "address": { "city": "Bern" } });
    let line = || json!({ "address": { "line1": "Gasse 1" } });
    let no_city = || json!({ "address": { "city": null } });
    let delivery = |patch: Value| stored("InvoiceDeliveryUpdated", patch);
    for change in [updated as fn(Value) -> Value, delivery] {
        let given = [registered(), change(city()), change(line())];
        expect(&given, 2, Ok(&[change(no_city())]));
    }
    let shipping = |address: Value| updated(json!({ "shipping": address }));
    let given = [registered(), shipping(city()), shipping(line())];
    expect(&given, 2, Ok(&[shipping(no_city())]));
}

#[test]
fn what_comes_back_only_as_a_whole_is_not_undone_if_a_part_has_changed_since() {
    let replaced = |metadata: Value| stored("MetadataReplaced", json!({ "metadata": metadata }));
    let given = [
        registered(),
        replaced(json!({ "a": { "x": 1 } })),
        replaced(json!({ "a": { "x": 1, "y": 2 } })),
    ];
    assert_eq!(changed(&given, 2), ["/metadata/a"]);
    expect(&given, 2, Err(Refusal::ChangedSince));
    let described = |metadata: Value| profile_updated(json!({ "id": "p1", "metadata": metadata }));
    let given = [
        registered(),
        attached("p1", "ACTIVE"),
        described(json!({ "a": "1" })),
        described(json!({ "a": "1", "b": "1" })),
    ];
    assert_eq!(changed(&given, 3), ["/payment/profiles/p1/metadata"]);
    expect(&given, 3, Err(Refusal::ChangedSince));
    expect(&given, 4, Ok(&[described(json!({ "a": "1" }))]));
}

#[test]
fn an_event_is_not_undone_where_a_field_has_changed_since() {
    let given = [
        registered(),
        updated(json!({ "name": "Ada L", "address": { "city": "Bern", "line1": "Gasse 1" } })),
        updated(json!({ "address": { "city": "Thun" } })),
    ];
    expect(&given, 2, Err(Refusal::ChangedSince));
    assert_eq!(changed(&given, 2), ["/profile/address/city"]);
    // It was set back by hand, so it has the value of the event again.
    let again = [given.as_slice(), &[updated(json!({ "address": { "city": "Bern" } }))]].concat();
    let back = updated(json!({ "name": "Ada", "address": null }));
    expect(&again, 2, Ok(&[back]));
}

#[test]
fn a_field_that_has_its_former_value_already_stays() {
    let given = [
        registered(),
        updated(json!({ "name": "Ada L", "title": "Countess" })),
        updated(json!({ "name": "Ada" })),
    ];
    expect(&given, 2, Ok(&[updated(json!({ "title": null }))]));
    let undone = [given.as_slice(), &[updated(json!({ "title": null }))]].concat();
    expect(&undone, 2, Ok(&[]));
    expect(&[registered(), tackle("Billing"), config_archived("Billing")], 2, Ok(&[]));
}

#[test]
fn what_an_event_added_is_one_field() {
    let given = [
        registered(),
        attached("p1", "ACTIVE"),
        profile_updated(json!({ "id": "p1", "display_name": "Visa" })),
    ];
    assert_eq!(changed(&given, 2), ["/payment/profiles/p1"]);
    expect(&given, 2, Err(Refusal::ChangedSince));
    let given = [registered(), attached("p1", "ACTIVE"), default_set(Some("p1"), false)];
    assert_eq!(changed(&given, 2), ["/payment/default_payment_profile_id"]);
    expect(&given, 2, Err(Refusal::ChangedSince));
}

#[test]
fn a_registration_and_a_version_that_never_was_are_not_undone() {
    expect(&[registered()], 1, Err(Refusal::RegistrationStays));
    expect(&[registered()], 9, Err(Refusal::VersionUnknown));
    assert_eq!(wrong("undo-event", json!({ "version": 0 })), ["/version"]);
}

#[test]
fn an_archived_customer_only_lets_its_archiving_be_undone() {
    let given = [registered(), updated(json!({ "name": "Ada L" })), archived()];
    expect(&given, 2, Err(Refusal::CustomerArchived));
    expect(&given, 3, Ok(&[stored("CustomerRestored", json!({}))]));
}

#[test]
fn a_former_name_that_another_customer_holds_now_does_not_come_back() {
    let refused = |given: &[Value], held, refusal| {
        let context = knowing(given, given.len(), held_by_bob(held));
        check(given, &context, undo(given.len()), Err(refusal));
    };
    let given = [registered(), external_id_changed("ada"), external_id_changed("countess")];
    refused(&given, external_id("ada"), Refusal::ExternalIdTaken);
    let given = [registered(), external_id_changed("ada"), archived()];
    refused(&given, external_id("ada"), Refusal::ExternalIdTaken);
    let set = |aliases: Value| stored("AliasesSet", json!({ "aliases": aliases }));
    let given = [registered(), set(json!(["countess"])), set(json!([]))];
    refused(&given, alias("countess"), Refusal::AliasTaken);
}

#[test]
fn a_former_parent_comes_back_only_if_it_can_be_the_parent_today() {
    let set = |parent: Option<&str>| stored("ParentSet", json!({ "parent_customer_id": parent }));
    let given = [registered(), set(Some(BOB)), set(None)];
    let archived = knowing(&given, 3, below_bob(ParentStatus::Archived, &[], 0));
    check(&given, &archived, undo(3), Err(Refusal::ParentUnknown));
    let active = knowing(&given, 3, below_bob(ParentStatus::Active, &[], 0));
    check(&given, &active, undo(3), Ok(&[set(Some(BOB))]));
}

#[test]
fn the_rules_hold_for_what_an_undo_leads_to() {
    let delivery = |patch: Value| stored("InvoiceDeliveryUpdated", patch);
    let given = [
        registered(),
        delivery(json!({ "email": "a@example.com" })),
        delivery(json!({ "method": "EMAIL_INVOICE" })),
    ];
    expect(&given, 2, Err(Refusal::InvoiceEmailMissing));
    let full: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("k{n}"), json!("v"))).collect();
    let replaced = |metadata: Value| stored("MetadataReplaced", json!({ "metadata": metadata }));
    let given = [
        registered(),
        replaced(json!({ "a": "b" })),
        replaced(json!({})),
        replaced(Value::Object(full)),
    ];
    expect(&given, 3, Err(Refusal::TooManyMetadata));
}
