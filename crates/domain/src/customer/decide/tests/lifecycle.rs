//! Registration, archive and restoration.

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, BOB, alias, archived, below_bob, check, check_command, command, context, custom_field,
    external_id, external_id_changed, held_by_bob, id, registered, stored, wrong,
};
use crate::customer::{Command, ParentStatus, Refusal, Reservation};
use crate::patch::Patch;

fn registration() -> Value {
    json!({
        "id": ADA,
        "external_id": "ada",
        "aliases": ["countess"],
        "profile": { "name": "Ada", "address": { "city": "London" }, "email": null },
        "metadata": { "a": "b" },
        "custom_fields": { "plan": "gold", "vat": "GB1" },
        "config": { "leave_stripe_invoices_in_draft": false },
        "parent_customer_id": BOB,
    })
}

#[test]
fn a_registration_stores_everything_that_the_command_contains() {
    let event = stored(
        "CustomerRegistered",
        json!({
            "external_id": "ada",
            "aliases": ["countess"],
            "profile": { "name": "Ada", "address": { "city": "London" } },
            "metadata": { "a": "b" },
            "custom_fields": { "plan": "gold", "vat": "GB1" },
            "unique_custom_fields": ["vat"],
            "config": { "leave_stripe_invoices_in_draft": false },
            "parent_customer_id": BOB,
        }),
    );
    let context = below_bob(ParentStatus::Active, &[], 0);
    check(&[], &context, ("register-customer", registration()), Ok(&[event]));
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
fn a_registration_needs_the_id_of_the_customer() {
    let body = json!({ "profile": { "name": "Ada" } });
    check(&[], &context(), ("register-customer", body), Err(Refusal::IdMissing));
    let body = json!({ "id": BOB, "profile": { "name": "Ada" } });
    check(&[], &context(), ("register-customer", body), Err(Refusal::IdDiffers));
}

#[test]
fn a_registration_needs_a_name() {
    let mut unnamed = command("register-customer", registration());
    if let Command::RegisterCustomer(registration) = &mut unnamed {
        registration.profile.name = Patch::Keep;
    }
    check_command(&[], &context(), unnamed, Err(Refusal::NameRequired));
}

#[test]
fn a_registration_is_refused_if_another_customer_holds_one_of_its_names() {
    let refused = |held: Reservation, refusal| {
        let mut context = below_bob(ParentStatus::Active, &[], 0);
        context.holders = held_by_bob(held).holders;
        check(&[], &context, ("register-customer", registration()), Err(refusal));
    };
    refused(external_id("ada"), Refusal::ExternalIdTaken);
    refused(alias("countess"), Refusal::AliasTaken);
    refused(custom_field("vat", "GB1"), Refusal::CustomFieldValueTaken);
}

#[test]
fn a_registration_below_a_parent_follows_the_rules_of_the_hierarchy() {
    let refused = |context, refusal| {
        check(&[], &context, ("register-customer", registration()), Err(refusal));
    };
    refused(context(), Refusal::ParentUnknown);
    refused(below_bob(ParentStatus::Archived, &[], 0), Refusal::ParentUnknown);
}

#[test]
fn an_unregistered_customer_accepts_only_its_registration() {
    let unknown = Err(Refusal::CustomerUnknown);
    check(&[], &context(), ("update-profile", json!({ "title": "Dr" })), unknown);
    check(&[], &context(), ("archive-customer", json!({})), unknown);
    check(&[], &context(), ("restore-customer", json!({})), unknown);
}

#[test]
fn an_archived_customer_accepts_only_its_restoration() {
    let given = [registered(), archived()];
    let restored = stored("CustomerRestored", json!({}));
    check(&given, &context(), ("restore-customer", json!({})), Ok(&[restored]));
    check(&given, &context(), ("archive-customer", json!({})), Ok(&[]));
    let title = json!({ "title": "Dr" });
    let refused = Err(Refusal::CustomerArchived);
    check(&given, &context(), ("update-profile", title), refused);
    check(&given, &context(), ("revert-to", json!({ "version": 1 })), refused);
}

#[test]
fn an_active_customer_can_be_archived_and_has_nothing_to_restore() {
    check(&[registered()], &context(), ("archive-customer", json!({})), Ok(&[archived()]));
    check(&[registered()], &context(), ("restore-customer", json!({})), Ok(&[]));
}

#[test]
fn a_customer_stays_archived_while_another_has_its_external_id() {
    let given = [registered(), external_id_changed("ada"), archived()];
    let context = held_by_bob(external_id("ada"));
    check(&given, &context, ("restore-customer", json!({})), Err(Refusal::ExternalIdTaken));
}

/// An upsert of Ada, as the service completes it.
fn upsert(body: Value) -> Command {
    let mut command = command("upsert-customer", body);
    if let Command::UpsertCustomer(upsert) = &mut command {
        upsert.id = Some(id(ADA));
        upsert.external_id = "ada".parse().ok();
    }
    command
}

#[test]
fn an_upsert_registers_a_customer_that_is_not_there() {
    let made =
        stored("CustomerRegistered", json!({ "profile": { "name": "Ada" }, "external_id": "ada" }));
    let body = json!({ "profile": { "name": "Ada" } });
    check_command(&[], &context(), upsert(body.clone()), Ok(&[made]));
    check_command(&[], &context(), upsert(json!({})), Err(Refusal::NameRequired));
    let taken = held_by_bob(external_id("ada"));
    check_command(&[], &taken, upsert(body), Err(Refusal::ExternalIdTaken));
}

#[test]
fn an_upsert_of_a_customer_that_is_there_changes_what_it_has() {
    let body = json!({
        "profile": { "title": "Countess" }, "aliases": ["countess"], "metadata": { "a": "b" },
        "custom_fields": { "plan": "gold" }, "config": { "salesforce_account_id": "1" },
        "parent_customer_id": null,
    });
    let changed = [
        stored("ProfileUpdated", json!({ "title": "Countess" })),
        stored("AliasesSet", json!({ "aliases": ["countess"] })),
        stored("MetadataReplaced", json!({ "metadata": { "a": "b" } })),
        stored("CustomFieldsSet", json!({ "fields": { "plan": "gold" }, "unique": [] })),
        stored("ConfigUpdated", json!({ "salesforce_account_id": "1" })),
    ];
    check_command(&[registered()], &context(), upsert(body.clone()), Ok(&changed));
    let mut given = vec![registered()];
    given.extend(changed);
    check_command(&given, &context(), upsert(body), Ok(&[]));
    let refused = Err(Refusal::CustomerArchived);
    check_command(&[registered(), archived()], &context(), upsert(json!({})), refused);
    let below_bob = below_bob(ParentStatus::Active, &[], 0);
    let parent = json!({ "parent_customer_id": BOB });
    let set = stored("ParentSet", parent.clone());
    check_command(&[registered()], &below_bob, upsert(parent), Ok(std::slice::from_ref(&set)));
    let cleared = stored("ParentSet", json!({ "parent_customer_id": null }));
    let given = [registered(), set];
    check_command(
        &given,
        &context(),
        upsert(json!({ "parent_customer_id": null })),
        Ok(&[cleared]),
    );
    assert_eq!(wrong("upsert-customer", json!({ "profile": { "name": null } })), ["/profile/name"]);
}
