//! What collections hold, and the schemas in which documents show their limits.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Dict, Distinct, List, Vacant};
use crate::Patch;
use crate::customer::{Alias, MetadataKey, MetadataValue};

fn schema<T: JsonSchema>() -> Value {
    let mut generator = schemars::SchemaGenerator::default();
    let schema = generator.subschema_for::<T>();
    serde_json::to_value(schema).expect("JSON")
}

#[test]
fn a_collection_without_items_is_vacant() {
    assert!(List::<u64, 2>::default().is_vacant() && !List::<u64, 2>::from(vec![1]).is_vacant());
    assert!(Distinct::<u64, 2>::default().is_vacant());
    assert!(!Distinct::<u64, 2>::from(vec![1]).is_vacant());
    let one: Dict<u64, u64, 2> = [(1, 1)].into_iter().collect();
    assert!(Dict::<u64, u64, 2>::default().is_vacant() && !one.is_vacant());
    assert!(Vec::<u64>::new().is_vacant() && !vec![1].is_vacant());
    assert!(BTreeSet::<u64>::new().is_vacant() && !BTreeSet::from([1]).is_vacant());
    assert!(None::<u64>.is_vacant() && !Some(1).is_vacant());
    assert!(Patch::<u64>::Keep.is_vacant());
    assert!(!Patch::<u64>::Clear.is_vacant() && !Patch::Set(1).is_vacant());
}

#[test]
fn an_item_is_wrong_at_its_second_place() {
    use crate::check::Checked;
    let found = Checked::new(Distinct::<u64, 9>::from(vec![1, 2, 1, 1])).unwrap_err();
    let pointers: Vec<_> = found.iter().map(|violation| &*violation.pointer).collect();
    assert_eq!(pointers, ["/2", "/3"]);
    assert!(Checked::new(Distinct::<u64, 2>::from(vec![1, 2])).is_ok());
}

#[test]
fn schemas_of_collections_have_their_limits() {
    let item = json!({ "$ref": "#/$defs/Alias" });
    let list = json!({ "type": "array", "items": item, "maxItems": 7 });
    assert_eq!(schema::<List<Alias, 7>>(), list);
    let distinct = json!({ "type": "array", "items": item, "maxItems": 7, "uniqueItems": true });
    assert_eq!(schema::<Distinct<Alias, 7>>(), distinct);
    let dict = json!({
        "type": "object",
        "additionalProperties": { "$ref": "#/$defs/MetadataValue" },
        "maxProperties": 7,
        "propertyNames": { "$ref": "#/$defs/MetadataKey" },
    });
    assert_eq!(schema::<Dict<MetadataKey, MetadataValue, 7>>(), dict);
}

#[test]
fn a_schema_of_a_collection_is_named_by_what_it_is_and_its_limit() {
    assert_eq!(List::<Alias, 7>::schema_name(), "Array_of_AliasUpTo7");
    assert_eq!(Distinct::<Alias, 7>::schema_name(), "Array_of_AliasUpTo7");
    assert_eq!(Dict::<Alias, Alias, 7>::schema_name(), "Map_of_AliasUpTo7");
}
