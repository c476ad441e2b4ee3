//! The way back to an earlier version.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, BOB, NOW, alias, archived, attached, below_bob, check, config, context, custom_field,
    customer, default_set, external_id, external_id_changed, held_by_bob, mapped, numbered,
    registered, stored, wrong,
};
use crate::customer::{DecisionContext, ParentStatus, Refusal};

fn to(version: u64) -> (&'static str, Value) {
    ("revert-to", json!({ "version": version }))
}

/// The context in which the version to go back to has this history.
fn knowing(past: &[Value], context: DecisionContext) -> DecisionContext {
    DecisionContext { past: Some(Box::new(customer(past))), ..context }
}

fn tackle(id: &str) -> Value {
    config("custom", json!({ "id": id, "delivery_method": "tackle" }))
}

#[test]
fn a_customer_cannot_go_back_to_a_version_that_it_never_had() {
    check(&[registered()], &context(), to(9), Err(Refusal::VersionUnknown));
    let before_registration = knowing(&[], context());
    check(&[registered()], &before_registration, to(1), Err(Refusal::VersionUnknown));
    assert_eq!(wrong("revert-to", json!({ "version": 0 })), ["/version"]);
}

#[test]
fn going_back_to_the_present_changes_nothing() {
    let past = knowing(&[registered()], context());
    check(&[registered()], &past, to(1), Ok(&[]));
}

#[test]
fn going_back_undoes_each_change_by_an_event_of_its_own() {
    let given = [
        registered(),
        stored("ProfileUpdated", json!({ "name": "Ada Lovelace", "title": "Countess" })),
        external_id_changed("ada"),
        stored("AliasesSet", json!({ "aliases": ["countess"] })),
        stored("MetadataReplaced", json!({ "metadata": { "a": "b" } })),
        stored("CustomFieldsSet", json!({ "fields": { "plan": "gold" }, "unique": [] })),
        stored("BillingConfigAdded", tackle(ADA)),
        stored("RevenueConfigAdded", config("netsuite", json!({}))),
        mapped("crm", "7"),
        attached("p1", "ACTIVE"),
        default_set(Some("p1"), true),
        stored("ConfigUpdated", json!({ "leave_stripe_invoices_in_draft": true })),
        stored("InvoiceDeliveryUpdated", json!({ "currency": "EUR" })),
        stored("TaxSettingsSet", json!({ "treatment": "exempt" })),
        stored("RollupBillingSet", json!({ "enabled": true })),
        stored(
            "BillableStatusSet",
            json!({ "billable_status": { "value": "billable", "effective_at": NOW } }),
        ),
        stored("ParentSet", json!({ "parent_customer_id": BOB })),
    ];
    let back = [
        stored("ProfileUpdated", json!({ "name": "Ada", "title": null })),
        stored("ExternalIdChanged", json!({ "external_id": null })),
        stored("AliasesSet", json!({ "aliases": [] })),
        stored("MetadataReplaced", json!({ "metadata": {} })),
        stored("CustomFieldsDeleted", json!({ "keys": ["plan"] })),
        stored("BillingConfigArchived", json!({ "id": ADA, "archived_at": NOW })),
        stored("RevenueConfigArchived", json!({ "id": ADA, "archived_at": NOW })),
        stored("IntegrationUnmapped", json!({ "provider_type": "crm", "provider_entity_id": "7" })),
        default_set(None, false),
        stored("ConfigUpdated", json!({ "leave_stripe_invoices_in_draft": null })),
        stored("InvoiceDeliveryUpdated", json!({ "currency": null })),
        stored("TaxSettingsSet", json!({ "treatment": null })),
        stored("RollupBillingSet", json!({ "enabled": null })),
        stored("BillableStatusSet", json!({ "billable_status": null })),
        stored("ParentSet", json!({ "parent_customer_id": null })),
    ];
    check(&given, &knowing(&[registered()], context()), to(1), Ok(&back));
}

#[test]
fn going_back_does_not_touch_the_payment_profiles_or_the_status() {
    let given = [registered(), attached("p1", "ACTIVE")];
    check(&given, &knowing(&[registered()], context()), to(1), Ok(&[]));
    let past = knowing(&[registered(), archived()], context());
    check(&[registered()], &past, to(2), Ok(&[]));
}

#[test]
fn an_archived_configuration_comes_back_under_its_id() {
    for (kind, config) in [("Billing", tackle(ADA)), ("Revenue", config("netsuite", json!({})))] {
        let added = stored(&format!("{kind}ConfigAdded"), config);
        let archived =
            stored(&format!("{kind}ConfigArchived"), json!({ "id": ADA, "archived_at": NOW }));
        let past = knowing(&[registered(), added.clone()], context());
        let given = [registered(), added.clone(), archived, added.clone()];
        check(&given[..3], &past, to(2), Ok(from_ref(&added)));
        check(&given, &past, to(2), Ok(&[]));
    }
}

#[test]
fn a_configuration_comes_back_only_if_the_tenant_allows_it_today() {
    let gone = || json!({ "delivery_method": null, "delivery_method_id": numbered(9) });
    let refused = Err(Refusal::DeliveryMethodUnknown);
    for (event, provider) in [("BillingConfigAdded", "custom"), ("RevenueConfigAdded", "netsuite")]
    {
        let past = knowing(&[registered(), stored(event, config(provider, gone()))], context());
        check(&[registered()], &past, to(2), refused);
    }
}

#[test]
fn going_back_archives_what_was_added_before_it_adds_what_was_archived() {
    let added = |id: &str| stored("BillingConfigAdded", tackle(id));
    let archived =
        |id: &str| stored("BillingConfigArchived", json!({ "id": id, "archived_at": NOW }));
    let past = knowing(&[registered(), added(ADA)], context());
    let given = [registered(), added(ADA), archived(ADA), added(BOB)];
    check(&given, &past, to(2), Ok(&[archived(BOB), added(ADA)]));
}

#[test]
fn an_integration_comes_back_as_it_was() {
    let remapped = stored(
        "IntegrationMapped",
        json!({ "provider_type": "crm", "provider_entity_id": "7", "entity_type": "person" }),
    );
    let past = knowing(&[registered(), mapped("crm", "7"), mapped("erp", "7")], context());
    let given = [registered(), mapped("crm", "7"), remapped];
    check(&given, &past, to(3), Ok(&[mapped("crm", "7"), mapped("erp", "7")]));
}

#[test]
fn a_custom_field_comes_back_after_the_others_are_deleted() {
    let set = |fields: Value, unique: &[&str]| {
        stored("CustomFieldsSet", json!({ "fields": fields, "unique": unique }))
    };
    let past = knowing(&[registered(), set(json!({ "vat": "1" }), &["vat"])], context());
    let given = [registered(), set(json!({ "plan": "gold" }), &[])];
    let deleted = stored("CustomFieldsDeleted", json!({ "keys": ["plan"] }));
    let back = [deleted, set(json!({ "vat": "1" }), &["vat"])];
    check(&given, &past, to(2), Ok(&back));
}

#[test]
fn a_name_that_another_customer_holds_now_does_not_come_back() {
    let refused = |event: Value, held, refusal| {
        let context = knowing(&[registered(), event], held_by_bob(held));
        check(&[registered()], &context, to(2), Err(refusal));
    };
    refused(external_id_changed("ada"), external_id("ada"), Refusal::ExternalIdTaken);
    let aliases = stored("AliasesSet", json!({ "aliases": ["countess"] }));
    refused(aliases, alias("countess"), Refusal::AliasTaken);
    let fields = json!({ "fields": { "vat": "1" }, "unique": ["vat"] });
    let held = custom_field("vat", "1");
    refused(stored("CustomFieldsSet", fields), held, Refusal::CustomFieldValueTaken);
}

#[test]
fn a_parent_comes_back_only_if_it_can_be_the_parent_today() {
    let past = [registered(), stored("ParentSet", json!({ "parent_customer_id": BOB }))];
    let archived = knowing(&past, below_bob(ParentStatus::Archived, &[], 0));
    check(&[registered()], &archived, to(2), Err(Refusal::ParentUnknown));
    let active = knowing(&past, below_bob(ParentStatus::Active, &[], 0));
    check(&[registered()], &active, to(2), Ok(&past[1..]));
}

#[test]
fn a_default_payment_profile_comes_back_only_while_it_is_active() {
    let attached = attached("p1", "ACTIVE");
    let default = default_set(Some("p1"), true);
    let past = knowing(&[registered(), attached.clone(), default.clone()], context());
    check(&[registered(), attached.clone()], &past, to(3), Ok(&[default]));
    let refused = Err(Refusal::PaymentProfileNotActive);
    check(&[registered()], &past, to(3), refused);
    let expired = stored("PaymentProfileUpdated", json!({ "id": "p1", "status": "EXPIRED" }));
    check(&[registered(), attached, expired], &past, to(3), refused);
}
