//! The way back to an earlier version.

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, BOB, NOW, below_bob, check, context, customer, external_id, held_by_bob, registered,
};
use crate::customer::{DecisionContext, ParentStatus, Refusal};

fn to(version: u64) -> (&'static str, Value) {
    ("revert-to", json!({ "version": version }))
}

fn knowing(past: &[Value], context: DecisionContext) -> DecisionContext {
    DecisionContext { past: Some(Box::new(customer(past))), ..context }
}

fn event(name: &str, data: Value) -> Value {
    let mut event = json!({ "type": name });
    event["data"] = data;
    event
}

#[test]
fn a_version_that_never_was_cannot_be_gone_back_to() {
    check(&[registered()], &context(), to(9), Err(Refusal::VersionUnknown));
    let unborn = knowing(&[], context());
    check(&[registered()], &unborn, to(1), Err(Refusal::VersionUnknown));
}

#[test]
fn going_back_to_what_is_changes_nothing() {
    let past = knowing(&[registered()], context());
    check(&[registered()], &past, to(1), Ok(&[]));
}

#[test]
fn going_back_undoes_each_change_by_an_event_of_its_own() {
    let billing = json!({ "id": ADA, "provider": "custom", "configuration": {},
                          "delivery_method": "tackle" });
    let integration = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    let given = [
        registered(),
        event("ProfileUpdated", json!({ "name": "Ada Lovelace", "title": "Countess" })),
        event("ExternalIdChanged", json!({ "external_id": "ada" })),
        event("CustomFieldsSet", json!({ "fields": { "plan": "gold" }, "unique": [] })),
        event("BillingConfigAdded", billing),
        event("IntegrationMapped", integration.clone()),
        event("TaxSettingsSet", json!({ "treatment": "exempt" })),
        event("ParentSet", json!({ "parent_customer_id": BOB })),
    ];
    let back = [
        event("ProfileUpdated", json!({ "name": "Ada", "title": null })),
        event("ExternalIdChanged", json!({ "external_id": null })),
        event("CustomFieldsDeleted", json!({ "keys": ["plan"] })),
        event("BillingConfigArchived", json!({ "id": ADA, "archived_at": NOW })),
        event("IntegrationUnmapped", integration),
        event("TaxSettingsSet", json!({ "treatment": null })),
        event("ParentSet", json!({ "parent_customer_id": null })),
    ];
    check(&given, &knowing(&[registered()], context()), to(1), Ok(&back));
}

#[test]
fn an_archived_billing_configuration_comes_back_under_its_id() {
    let billing = json!({ "id": ADA, "provider": "custom", "configuration": {},
                          "delivery_method": "tackle" });
    let added = event("BillingConfigAdded", billing);
    let archived = event("BillingConfigArchived", json!({ "id": ADA, "archived_at": NOW }));
    let past = knowing(&[registered(), added.clone()], context());
    let given = [registered(), added.clone(), archived, added.clone()];
    check(&given[..3], &past, to(2), Ok(&[added]));
    check(&given, &past, to(2), Ok(&[]));
}

#[test]
fn what_others_took_meanwhile_does_not_come_back() {
    let past = [registered(), event("ExternalIdChanged", json!({ "external_id": "ada" }))];
    let context = knowing(&past, held_by_bob(external_id("ada")));
    check(&[registered()], &context, to(2), Err(Refusal::ExternalIdTaken));

    let past = [registered(), event("ParentSet", json!({ "parent_customer_id": BOB }))];
    let context = knowing(&past, below_bob(ParentStatus::Archived, &[], 0));
    check(&[registered()], &context, to(2), Err(Refusal::ParentUnknown));
}

#[test]
fn a_default_profile_comes_back_only_while_it_is_active() {
    let attached = event("PaymentProfileAttached", json!({ "id": "p1", "status": "ACTIVE" }));
    let default =
        event("DefaultPaymentProfileSet", json!({ "payment_profile_id": "p1", "auto_pay": true }));
    let past = [registered(), attached.clone(), default.clone()];
    let context = knowing(&past, context());
    check(&[registered(), attached.clone()], &context, to(3), Ok(&[default]));
    let refused = Err(Refusal::PaymentProfileNotActive);
    check(&[registered()], &context, to(3), refused);
    let expired = event("PaymentProfileUpdated", json!({ "id": "p1", "status": "EXPIRED" }));
    check(&[registered(), attached, expired], &context, to(3), refused);
}
