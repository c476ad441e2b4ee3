//! A field in a command is absent, `null`, or a value.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::Patch;
use crate::customer::{Alias, PaymentProfileChange, RegisterCustomer};

#[test]
fn a_patch_keeps_clears_or_sets_its_field() {
    let (keep, clear, set) = (Patch::<u64>::Keep, Patch::<u64>::Clear, Patch::Set(1));
    let asked = |patch: &Patch<u64>| (patch.is_keep(), patch.is_clear(), patch.value().copied());
    assert_eq!(asked(&keep), (true, false, None));
    assert_eq!(asked(&clear), (false, true, None));
    assert_eq!(asked(&set), (false, false, Some(1)));
}

#[test]
fn a_patch_is_written_as_it_was_read() {
    for body in [
        json!({ "id": "p" }),
        json!({ "id": "p", "type": null, "provider": "x" }),
        json!({ "id": "p", "status": "ACTIVE", "metadata": { "a": "b" } }),
    ] {
        let change: PaymentProfileChange = serde_json::from_value(body.clone()).expect("a change");
        assert_eq!(serde_json::to_value(change).expect("JSON"), body);
    }
    // A record of patches that changes nothing is left out.
    let body = json!({ "profile": { "name": "Ada" } });
    let registration: RegisterCustomer = serde_json::from_value(body.clone()).expect("a body");
    assert_eq!(serde_json::to_value(registration).expect("JSON"), body);
}

#[test]
fn the_schema_of_a_patch_allows_null_and_stands_where_the_field_is() {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = generator.subschema_for::<Patch<Alias>>();
    let schema: Value = serde_json::to_value(schema).expect("JSON");
    assert_eq!(schema, json!({ "anyOf": [{ "$ref": "#/$defs/Alias" }, { "type": "null" }] }));
    assert_eq!(Patch::<Alias>::schema_name(), "NullableAlias");
}
