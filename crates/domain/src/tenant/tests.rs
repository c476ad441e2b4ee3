//! The rules of a tenant, and the state that each of its events leads to.

use std::slice::from_ref;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Command, DecisionContext, Event, Refusal, Tenant, is_key_id};
use crate::provider::Provider;
use crate::testing::{numbered, read, stored};

const NOW: &str = "2026-01-02T03:04:05.000006Z";

fn context() -> DecisionContext {
    DecisionContext { now: NOW.parse::<DateTime<Utc>>().expect("a time") }
}

fn command(name: &str, body: Value) -> Command {
    Command::read(name, body).expect("a known command").expect("a valid body")
}

fn created() -> Value {
    stored("TenantCreated", json!({ "name": "Acme" }))
}

/// Given this history, when this command arrives, then these events are stored, or it is refused.
#[track_caller]
fn check(given: &[Value], (name, body): (&str, Value), then: Result<&[Value], Refusal>) {
    crate::testing::check::<Tenant>(given, context(), command(name, body), then);
}

fn tenant(given: &[Value]) -> Tenant {
    given.iter().cloned().map(read::<Event>).fold(Tenant::default(), Tenant::evolve)
}

/// Given this history, then this member of the tenant is this.
#[track_caller]
fn expect(given: &[Value], member: &str, then: &Value) {
    let state = serde_json::to_value(tenant(given)).expect("JSON");
    assert_eq!(&state[member], then, "{member} of {given:#?}");
}

fn method(n: usize) -> Value {
    json!({ "id": numbered(n), "provider": "aws_marketplace", "delivery_method": "aws_sqs" })
}

fn added(n: usize) -> Value {
    stored("DeliveryMethodAdded", method(n))
}

fn archived(n: usize) -> Value {
    stored("DeliveryMethodArchived", json!({ "id": numbered(n), "archived_at": NOW }))
}

fn key_added(key: &str, unique: bool) -> Value {
    stored("CustomFieldKeyAdded", json!({ "key": key, "enforce_uniqueness": unique }))
}

fn key_removed(key: &str) -> Value {
    stored("CustomFieldKeyRemoved", json!({ "key": key }))
}

#[test]
fn a_tenant_is_created_once_and_then_accepts_commands() {
    let create = || ("create-tenant", json!({ "name": "Acme" }));
    check(&[], create(), Ok(&[created()]));
    check(&[created()], create(), Err(Refusal::TenantExists));
    check(&[], ("rename-tenant", json!({ "name": "Acme" })), Err(Refusal::TenantUnknown));
}

#[test]
fn a_tenant_is_renamed_to_another_name() {
    let renamed = stored("TenantRenamed", json!({ "name": "Bolt" }));
    check(&[created()], ("rename-tenant", json!({ "name": "Bolt" })), Ok(from_ref(&renamed)));
    check(&[created()], ("rename-tenant", json!({ "name": "Acme" })), Ok(&[]));
    expect(&[created()], "name", &json!("Acme"));
    expect(&[created()], "status", &json!("active"));
    expect(&[created(), renamed], "name", &json!("Bolt"));
}

#[test]
fn settings_of_a_tenant_change_field_by_field() {
    let off = json!({ "leave_stripe_invoices_in_draft": false });
    let updated = stored("TenantSettingsUpdated", off.clone());
    check(&[created()], ("update-settings", off.clone()), Ok(from_ref(&updated)));
    expect(&[created(), updated.clone()], "settings", &off);
    check(&[created(), updated], ("update-settings", off), Ok(&[]));
}

#[test]
fn a_delivery_method_is_added_once_and_suits_its_provider() {
    let add = |body: Value| ("add-delivery-method", body);
    check(&[created()], add(method(1)), Ok(&[added(1)]));
    let given = [created(), added(1)];
    check(&given, add(method(1)), Ok(&[]));
    let mut other = method(1);
    other["delivery_method"] = "aws_sns".into();
    check(&given, add(other), Err(Refusal::DeliveryMethodExists));
    let mut stripe = method(2);
    stripe["provider"] = "stripe".into();
    check(&given, add(stripe), Err(Refusal::DeliveryMethodNotForProvider));
    let without_id = json!({ "provider": "aws_marketplace", "delivery_method": "aws_sqs" });
    check(&given, add(without_id), Err(Refusal::IdMissing));
}

#[test]
fn delivery_methods_are_archived_all_or_none() {
    let archive = |ids: &[usize]| {
        let ids: Vec<_> = ids.iter().copied().map(numbered).collect();
        ("archive-delivery-methods", json!({ "ids": ids }))
    };
    let given = [created(), added(1), added(2), archived(2)];
    check(&given, archive(&[1, 2]), Ok(&[archived(1)]));
    check(&given[..2], archive(&[1, 2]), Err(Refusal::DeliveryMethodUnknown));
}

#[test]
fn a_tenant_has_at_most_100_delivery_methods_that_are_not_archived() {
    let with_methods = |count: usize| -> Vec<Value> {
        [created()].into_iter().chain((0..count).map(added)).collect()
    };
    let add = || ("add-delivery-method", method(100));
    check(&with_methods(99), add(), Ok(&[added(100)]));
    let mut given = with_methods(100);
    check(&given, add(), Err(Refusal::TooManyDeliveryMethods));
    given.push(archived(0));
    check(&given, add(), Ok(&[added(100)]));
}

#[test]
fn an_archived_delivery_method_moves_to_the_end_and_comes_back_under_its_id() {
    let mut old = method(1);
    old["archived_at"] = NOW.into();
    let history = [created(), added(1), added(2), archived(1), added(1)];
    expect(&history[..3], "delivery_methods", &json!([method(1), method(2)]));
    expect(&history[..4], "delivery_methods", &json!([method(2), old]));
    expect(&history, "delivery_methods", &json!([method(2), method(1)]));
}

#[test]
fn a_tenant_keeps_its_latest_100_archived_delivery_methods_and_all_in_use() {
    let added = (0..103).map(added);
    // Not in the order in which they were added.
    let archived = (0..101).rev().map(archived);
    let history: Vec<_> = [created()].into_iter().chain(added).chain(archived).collect();
    let ids = |history: &[Value]| -> Vec<String> {
        tenant(history).delivery_methods.iter().map(|method| method.id.to_string()).collect()
    };
    let kept = |archived: std::ops::Range<usize>| [101, 102].into_iter().chain(archived.rev());
    let before: Vec<_> = [0].into_iter().chain(kept(1..101)).map(numbered).collect();
    assert_eq!(ids(&history[..history.len() - 1]), before);
    assert_eq!(ids(&history), kept(0..100).map(numbered).collect::<Vec<_>>());
}

#[test]
fn a_provider_has_the_delivery_methods_that_are_in_use_for_it() {
    let stripe = json!({ "id": numbered(3), "provider": "stripe",
                         "delivery_method": "direct_to_billing_provider" });
    let stripe = stored("DeliveryMethodAdded", stripe);
    let tenant = tenant(&[created(), added(1), added(2), stripe, archived(1)]);
    let methods = tenant.delivery_methods_for(Provider::AwsMarketplace);
    assert_eq!(methods.map(|method| method.id.to_string()).collect::<Vec<_>>(), [numbered(2)]);
}

#[test]
fn a_custom_field_gets_another_uniqueness_after_it_was_removed() {
    let add = |unique: bool| {
        ("add-custom-field-key", json!({ "key": "vat", "enforce_uniqueness": unique }))
    };
    let (added, removed) = (key_added("vat", true), key_removed("vat"));
    let remove = || ("remove-custom-field-key", json!({ "key": "vat" }));
    check(&[created()], add(true), Ok(from_ref(&added)));
    check(&[created(), added.clone()], add(true), Ok(&[]));
    check(&[created(), added.clone()], add(false), Err(Refusal::CustomFieldKeyDiffers));
    check(&[created(), added.clone()], remove(), Ok(from_ref(&removed)));
    let given = [created(), added.clone(), removed];
    check(&given, remove(), Ok(&[]));
    check(&given, add(false), Ok(&[key_added("vat", false)]));
    check(&given, add(true), Ok(&[added]));
    check(&[created()], remove(), Err(Refusal::CustomFieldKeyUnknown));
}

#[test]
fn a_custom_field_is_not_unique_unless_the_command_says_so() {
    let add = ("add-custom-field-key", json!({ "key": "plan" }));
    check(&[created()], add, Ok(&[key_added("plan", false)]));
}

#[test]
fn a_tenant_defines_at_most_200_custom_fields() {
    let with_keys = |count: usize| -> Vec<Value> {
        let keys = (0..count).map(|n| key_added(&n.to_string(), false));
        [created()].into_iter().chain(keys).collect()
    };
    let add = |key: &str| ("add-custom-field-key", json!({ "key": key }));
    check(&with_keys(199), add("new"), Ok(&[key_added("new", false)]));
    let mut given = with_keys(200);
    given.push(key_removed("7"));
    check(&given, add("new"), Err(Refusal::TooManyCustomFieldKeys));
    check(&given, add("7"), Ok(&[key_added("7", false)]));
}

#[test]
fn customers_get_values_of_custom_fields_that_are_not_removed() {
    let field = |key: &str, unique: bool| json!({ "key": key, "enforce_uniqueness": unique });
    let mut removed = field("vat", true);
    removed["removed"] = true.into();
    let history = [created(), key_added("vat", true), key_added("plan", false), key_removed("vat")];
    let fields = |vat: Value| json!([vat, field("plan", false)]);
    expect(&history[..3], "custom_field_keys", &fields(field("vat", true)));
    expect(&history, "custom_field_keys", &fields(removed));
    let back = [&history[..], &[key_added("vat", true)]].concat();
    expect(&back, "custom_field_keys", &fields(field("vat", true)));

    let found = |history: &[Value], key: &str| {
        let tenant = tenant(history);
        tenant.custom_field(&key.parse().expect("a key")).map(|field| field.key.to_string())
    };
    assert_eq!(found(&history[..3], "vat").as_deref(), Some("vat"));
    assert_eq!(found(&history, "plan").as_deref(), Some("plan"));
    assert_eq!(found(&history, "vat"), None);
    assert_eq!(found(&history, "never"), None);
}

#[test]
fn the_state_of_a_tenant_has_no_api_keys_and_no_provenance() {
    let key = json!({ "key_id": "0123456789abcdef", "name": "billing", "scopes": ["read"] });
    let history = [
        created(),
        stored("ApiKeyCreated", key),
        stored("ApiKeyRevoked", json!({ "key_id": "0123456789abcdef" })),
        stored("TenantImported", json!({ "source": "export", "events": 1, "proven": true })),
    ];
    assert_eq!(tenant(&history), tenant(&history[..1]));
}

#[test]
fn a_delivery_method_without_an_id_gets_one() {
    let filled = |body: Value| {
        let mut command = command("add-delivery-method", body);
        command.fill_ids(|| Uuid::from_u128(7));
        let decided = crate::testing::decide::<Tenant>(vec![read(created())], context(), command);
        serde_json::to_value(decided.expect("accepted")).expect("JSON")[0]["data"]["id"].clone()
    };
    let without = json!({ "provider": "aws_marketplace", "delivery_method": "aws_sqs" });
    assert_eq!(filled(without), json!(Uuid::from_u128(7)));
    assert_eq!(filled(method(1)), json!(numbered(1)));
}

#[test]
fn an_actor_does_not_look_like_the_id_of_an_api_key() {
    let actor = |text: &str| text.parse::<super::Actor>().is_ok();
    assert!(is_key_id("0123456789abcdef") && is_key_id("0123456789ABCDEF"));
    for text in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "ada"] {
        assert!(!is_key_id(text), "{text}");
    }
    assert!(!actor("0123456789abcdef") && !actor(" 0123456789abcdef "));
    assert!(actor("ada") && actor("0123456789abcde"));
    assert!(!actor("ada\u{202e}") && !actor("a\u{200b}da") && !actor("ada "));
}

#[test]
fn each_command_of_a_tenant_is_read_by_its_name() {
    let ids = json!({ "ids": [numbered(1)] });
    for (name, body) in [
        ("create-tenant", json!({ "name": "Acme" })),
        ("rename-tenant", json!({ "name": "Acme" })),
        ("update-settings", json!({})),
        ("add-delivery-method", method(1)),
        ("archive-delivery-methods", ids),
        ("add-custom-field-key", json!({ "key": "vat" })),
        ("remove-custom-field-key", json!({ "key": "vat" })),
    ] {
        assert_eq!(command(name, body).name(), name);
    }
    assert_eq!(Command::NAMES.len(), 7);
    assert_eq!(Command::schemas().len(), 7);
}

#[test]
fn a_tenant_that_requires_an_actor_or_a_reason_allows_no_change_without() {
    let tenant = |settings: Value| {
        let given = [created(), stored("TenantSettingsUpdated", settings)];
        given.map(read::<Event>).into_iter().fold(Tenant::default(), Tenant::evolve)
    };
    let both = tenant(json!({ "require_actor": true, "require_reason": true }));
    assert_eq!(both.check_attribution(false, true), Err(Refusal::ActorRequired));
    assert_eq!(both.check_attribution(true, false), Err(Refusal::ReasonRequired));
    assert_eq!(both.check_attribution(true, true), Ok(()));
    let reason = tenant(json!({ "require_reason": true }));
    assert_eq!(reason.check_attribution(false, true), Ok(()));
    for none in [json!({}), json!({ "require_actor": false })] {
        assert_eq!(tenant(none).check_attribution(false, false), Ok(()));
    }
}
