//! The rules of a tenant, one by one, and the same through the test kit of cqrs-es.

use chrono::{DateTime, Utc};
use cqrs_es::test::TestFramework;
use serde_json::{Value, json};

use super::{Command, DecisionContext, Event, Refusal, Tenant, decide};

const ONE: &str = "00000000-0000-4000-8000-000000000001";
const TWO: &str = "00000000-0000-4000-8000-000000000002";
const NOW: &str = "2026-01-02T03:04:05.000006Z";

fn context() -> DecisionContext {
    DecisionContext { now: NOW.parse::<DateTime<Utc>>().expect("a time") }
}

fn command(name: &str, body: Value) -> Command {
    Command::read(name, body).expect("a known command").expect("a valid body")
}

fn event(name: &str, data: Value) -> Value {
    let mut event = json!({ "type": name });
    event["data"] = data;
    event
}

fn created() -> Value {
    event("TenantCreated", json!({ "name": "Acme" }))
}

#[track_caller]
fn check(given: &[Value], (name, body): (&str, Value), then: Result<&[Value], Refusal>) {
    let given = given.iter().cloned().map(serde_json::from_value::<Event>);
    let state =
        given.fold(Tenant::default(), |state, event| state.evolve(event.expect("an event")));
    let decided = decide(&state, &context(), command(name, body)).map(|events| {
        events.into_iter().map(|event| serde_json::to_value(event).expect("JSON")).collect()
    });
    assert_eq!(decided, then.map(<[Value]>::to_vec));
}

#[test]
fn a_tenant_is_created_once_and_takes_commands_only_then() {
    let create = || ("create-tenant", json!({ "name": "Acme" }));
    check(&[], create(), Ok(&[created()]));
    check(&[created()], create(), Err(Refusal::TenantExists));
    check(&[], ("rename-tenant", json!({ "name": "Acme" })), Err(Refusal::TenantUnknown));
}

#[test]
fn a_tenant_is_renamed_to_another_name() {
    let renamed = event("TenantRenamed", json!({ "name": "Bolt" }));
    check(&[created()], ("rename-tenant", json!({ "name": "Bolt" })), Ok(&[renamed]));
    check(&[created()], ("rename-tenant", json!({ "name": "Acme" })), Ok(&[]));
}

#[test]
fn settings_change_field_by_field() {
    let off = json!({ "leave_stripe_invoices_in_draft": false });
    let updated = event("TenantSettingsUpdated", off.clone());
    check(&[created()], ("update-settings", off.clone()), Ok(std::slice::from_ref(&updated)));
    check(&[created(), updated], ("update-settings", off), Ok(&[]));
}

fn method(id: &str) -> Value {
    json!({ "id": id, "provider": "aws_marketplace", "delivery_method": "aws_sqs" })
}

#[test]
fn a_delivery_method_is_added_once_and_suits_its_provider() {
    let added = event("DeliveryMethodAdded", method(ONE));
    let add = |body: Value| ("add-delivery-method", body);
    check(&[created()], add(method(ONE)), Ok(std::slice::from_ref(&added)));
    let given = [created(), added];
    check(&given, add(method(ONE)), Ok(&[]));
    let mut other = method(ONE);
    other["delivery_method"] = "aws_sns".into();
    check(&given, add(other), Err(Refusal::DeliveryMethodExists));
    let mut stripe = method(TWO);
    stripe["provider"] = "stripe".into();
    check(&given, add(stripe), Err(Refusal::DeliveryMethodNotForProvider));
    let nameless = json!({ "provider": "aws_marketplace", "delivery_method": "aws_sqs" });
    check(&given, add(nameless), Err(Refusal::IdMissing));
}

#[test]
fn delivery_methods_are_archived_all_or_none() {
    let archived = |id| event("DeliveryMethodArchived", json!({ "id": id, "archived_at": NOW }));
    let archive = |ids: &[&str]| ("archive-delivery-methods", json!({ "ids": ids }));
    let given = [
        created(),
        event("DeliveryMethodAdded", method(ONE)),
        event("DeliveryMethodAdded", method(TWO)),
        archived(TWO),
    ];
    check(&given, archive(&[ONE, TWO]), Ok(&[archived(ONE)]));
    check(&given[..2], archive(&[ONE, TWO]), Err(Refusal::DeliveryMethodUnknown));
}

#[test]
fn the_hundred_and_first_delivery_method_is_refused() {
    let mut given = vec![created()];
    let id = |n: usize| format!("00000000-0000-4000-8000-{n:012}");
    given.extend((0..100).map(|n| event("DeliveryMethodAdded", method(&id(n)))));
    let add = ("add-delivery-method", method(&id(100)));
    check(&given, add, Err(Refusal::TooManyDeliveryMethods));
}

#[test]
fn a_removed_custom_field_comes_back_only_as_it_was() {
    let add = |unique: bool| {
        ("add-custom-field-key", json!({ "key": "vat", "enforce_uniqueness": unique }))
    };
    let added = event("CustomFieldKeyAdded", json!({ "key": "vat", "enforce_uniqueness": true }));
    let removed = event("CustomFieldKeyRemoved", json!({ "key": "vat" }));
    let remove = || ("remove-custom-field-key", json!({ "key": "vat" }));
    check(&[created()], add(true), Ok(std::slice::from_ref(&added)));
    check(&[created(), added.clone()], add(true), Ok(&[]));
    check(&[created(), added.clone()], add(false), Err(Refusal::CustomFieldKeyDiffers));
    check(&[created(), added.clone()], remove(), Ok(std::slice::from_ref(&removed)));
    let given = [created(), added.clone(), removed];
    check(&given, remove(), Ok(&[]));
    check(&given, add(false), Err(Refusal::CustomFieldKeyDiffers));
    check(&given, add(true), Ok(&[added]));
    check(&[created()], remove(), Err(Refusal::CustomFieldKeyUnknown));
}

#[test]
fn the_two_hundred_and_first_custom_field_is_refused() {
    let key = |n: usize| json!({ "key": n.to_string(), "enforce_uniqueness": false });
    let mut given = vec![created()];
    given.extend((0..200).map(|n| event("CustomFieldKeyAdded", key(n))));
    check(&given, ("add-custom-field-key", key(200)), Err(Refusal::TooManyCustomFieldKeys));
}

#[test]
fn the_framework_decides_as_we_do() {
    TestFramework::<Tenant>::with(context())
        .given(vec![serde_json::from_value(created()).expect("an event")])
        .when(command("create-tenant", json!({ "name": "Acme" })))
        .then_expect_error(Refusal::TenantExists);
}
