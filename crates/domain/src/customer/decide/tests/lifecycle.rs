//! Registration, archive and restoration.

use serde_json::json;

use crate::customer::testing::{
    ADA, BOB, below_bob, check, context, external_id, held_by_bob, registered,
};
use crate::customer::{ParentStatus, Refusal};

fn archived() -> serde_json::Value {
    json!({ "type": "CustomerArchived", "data": {} })
}

#[test]
fn a_customer_is_registered_with_all_that_was_said() {
    let body = json!({
        "id": ADA,
        "external_id": "ada",
        "aliases": ["countess"],
        "profile": { "name": "Ada", "address": { "city": "London" }, "email": null },
        "metadata": { "a": "b" },
        "custom_fields": { "plan": "gold", "vat": "GB1" },
        "config": { "leave_stripe_invoices_in_draft": false },
        "parent_customer_id": BOB,
    });
    let stored = json!({ "type": "CustomerRegistered", "data": {
        "external_id": "ada",
        "aliases": ["countess"],
        "profile": { "name": "Ada", "address": { "city": "London" } },
        "metadata": { "a": "b" },
        "custom_fields": { "plan": "gold", "vat": "GB1" },
        "unique_custom_fields": ["vat"],
        "config": { "leave_stripe_invoices_in_draft": false },
        "parent_customer_id": BOB,
    } });
    let context = below_bob(ParentStatus::Active, &[], 0);
    check(&[], &context, ("register-customer", body), Ok(&[stored]));
}

#[test]
fn a_customer_can_be_registered_once() {
    let body = || json!({ "id": ADA, "profile": { "name": "Ada" } });
    check(&[], &context(), ("register-customer", body()), Ok(&[registered()]));
    let again = Err(Refusal::CustomerExists);
    check(&[registered()], &context(), ("register-customer", body()), again);
    check(&[registered(), archived()], &context(), ("register-customer", body()), again);
}

#[test]
fn a_registration_needs_an_id_and_it_has_to_be_the_customers() {
    let body = json!({ "profile": { "name": "Ada" } });
    check(&[], &context(), ("register-customer", body), Err(Refusal::IdMissing));
    let body = json!({ "id": BOB, "profile": { "name": "Ada" } });
    check(&[], &context(), ("register-customer", body), Err(Refusal::IdDiffers));
}

#[test]
fn a_registration_claims_its_names() {
    let body = json!({ "id": ADA, "external_id": "ada", "profile": { "name": "Ada" } });
    let context = held_by_bob(external_id("ada"));
    check(&[], &context, ("register-customer", body), Err(Refusal::ExternalIdTaken));
}

#[test]
fn whoever_was_never_registered_takes_no_command() {
    let unknown = Err(Refusal::CustomerUnknown);
    check(&[], &context(), ("update-profile", json!({ "title": "Dr" })), unknown);
    check(&[], &context(), ("archive-customer", json!({})), unknown);
    check(&[], &context(), ("restore-customer", json!({})), unknown);
}

#[test]
fn an_archived_customer_refuses_everything_but_its_restoration() {
    let given = [registered(), archived()];
    let restored = json!({ "type": "CustomerRestored", "data": {} });
    check(&given, &context(), ("restore-customer", json!({})), Ok(&[restored]));
    check(&given, &context(), ("archive-customer", json!({})), Ok(&[]));
    let title = json!({ "title": "Dr" });
    check(&given, &context(), ("update-profile", title), Err(Refusal::CustomerArchived));
    check(
        &given,
        &context(),
        ("revert-to", json!({ "version": 1 })),
        Err(Refusal::CustomerArchived),
    );
}

#[test]
fn an_active_customer_can_be_archived_and_has_nothing_to_restore() {
    check(&[registered()], &context(), ("archive-customer", json!({})), Ok(&[archived()]));
    check(&[registered()], &context(), ("restore-customer", json!({})), Ok(&[]));
}

#[test]
fn a_customer_stays_archived_while_another_has_its_external_id() {
    let changed = json!({ "type": "ExternalIdChanged", "data": { "external_id": "ada" } });
    let given = [registered(), changed, archived()];
    let context = held_by_bob(external_id("ada"));
    check(&given, &context, ("restore-customer", json!({})), Err(Refusal::ExternalIdTaken));
}
