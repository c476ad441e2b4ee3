//! Custom fields.

use std::slice::from_ref;

use serde_json::{Map, Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{check, context, custom_field, held_by_bob, registered, stored};

fn set(fields: &Value, unique: &[&str]) -> Value {
    stored("CustomFieldsSet", json!({ "fields": fields, "unique": unique }))
}

#[test]
fn custom_fields_are_set_and_deleted_by_key() {
    let fields = json!({ "plan": "gold", "vat": "GB1" });
    let set = set(&fields, &["vat"]);
    let body = || json!({ "fields": fields });
    check(&[registered()], &context(), ("set-custom-fields", body()), Ok(from_ref(&set)));
    check(&[registered(), set.clone()], &context(), ("set-custom-fields", body()), Ok(&[]));

    let deleted = stored("CustomFieldsDeleted", json!({ "keys": ["plan"] }));
    let keys = || json!({ "keys": ["plan", "never"] });
    let given = [registered(), set];
    check(&given, &context(), ("delete-custom-fields", keys()), Ok(&[deleted]));
    check(&[registered()], &context(), ("delete-custom-fields", keys()), Ok(&[]));
}

#[test]
fn setting_custom_fields_stores_only_those_that_change() {
    let given = [registered(), set(&json!({ "plan": "gold", "vat": "GB1" }), &["vat"])];
    let body = json!({ "fields": { "plan": "silver", "vat": "GB1" } });
    let changed = set(&json!({ "plan": "silver" }), &[]);
    check(&given, &context(), ("set-custom-fields", body), Ok(&[changed]));
}

#[test]
fn the_tenant_has_to_define_a_custom_field_before_a_customer_gets_it() {
    for key in ["never", "old"] {
        let body = json!({ "fields": { key: "x" } });
        let refused = Err(Refusal::CustomFieldKeyUnknown);
        check(&[registered()], &context(), ("set-custom-fields", body), refused);
    }
}

#[test]
fn the_value_of_a_unique_custom_field_belongs_to_one_customer() {
    let taken = held_by_bob(custom_field("vat", "GB1"));
    let body = json!({ "fields": { "vat": "GB1" } });
    let refused = Err(Refusal::CustomFieldValueTaken);
    check(&[registered()], &taken, ("set-custom-fields", body), refused);
}

#[test]
fn a_plain_custom_field_may_have_the_same_value_as_that_of_another_customer() {
    let taken = held_by_bob(custom_field("plan", "gold"));
    let fields = json!({ "plan": "gold" });
    let body = json!({ "fields": fields });
    check(&[registered()], &taken, ("set-custom-fields", body), Ok(&[set(&fields, &[])]));
}

#[test]
fn a_unique_custom_field_has_at_most_512_bytes_with_its_key() {
    // The key and an equals sign take 4 bytes, each of the other characters 4.
    let value = "\u{1f600}".repeat(127);
    let fields = json!({ "vat": value });
    let body = json!({ "fields": fields });
    check(&[registered()], &context(), ("set-custom-fields", body), Ok(&[set(&fields, &["vat"])]));
    let body = json!({ "fields": { "vat": value + "x" } });
    let refused = Err(Refusal::CustomFieldValueTooLong);
    check(&[registered()], &context(), ("set-custom-fields", body), refused);
}

#[test]
fn a_customer_has_at_most_100_custom_fields() {
    let old = |count: usize| -> Value {
        let fields: Map<_, _> = (0..count).map(|n| (format!("k{n}"), json!("old"))).collect();
        set(&fields.into(), &[])
    };
    let fields = json!({ "plan": "x" });
    let body = || json!({ "fields": fields });
    let given = [registered(), old(99)];
    check(&given, &context(), ("set-custom-fields", body()), Ok(&[set(&fields, &[])]));
    let given = [registered(), old(100)];
    let refused = Err(Refusal::TooManyCustomFields);
    check(&given, &context(), ("set-custom-fields", body()), refused);

    // A field that the customer has already can change.
    let given = [registered(), old(99), set(&json!({ "plan": "y" }), &[])];
    check(&given, &context(), ("set-custom-fields", body()), Ok(&[set(&fields, &[])]));
}
