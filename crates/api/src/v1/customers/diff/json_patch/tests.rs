use proptest::prelude::*;
use serde_json::json;

use super::*;

#[track_caller]
fn check(before: &Value, after: &Value, steps: &Value) {
    assert_eq!(serde_json::to_value(patch(before, after)).expect("JSON"), *steps);
    expect_patched(before, after);
}

/// Requires that another implementation turns one document into the other by the patch.
#[track_caller]
fn expect_patched(before: &Value, after: &Value) {
    let steps = serde_json::to_value(patch(before, after)).expect("JSON");
    let steps: ::json_patch::Patch =
        serde_json::from_value(steps).expect("a patch as RFC 6902 has it");
    let mut document = before.clone();
    ::json_patch::patch(&mut document, &steps).expect("a patch that can be applied");
    assert_eq!(document, *after);
}

#[test]
fn equal_documents_need_no_steps() {
    check(&json!({ "a": [1, { "b": null }] }), &json!({ "a": [1, { "b": null }] }), &json!([]));
}

#[test]
fn members_are_added_removed_and_replaced_under_escaped_names() {
    check(
        &json!({ "gone": 1, "a/b": { "c~d": "old" }, "same": [] }),
        &json!({ "a/b": { "c~d": "new" }, "came": null, "same": [] }),
        &json!([
            { "op": "remove", "path": "/gone" },
            { "op": "replace", "path": "/a~1b/c~0d", "value": "new" },
            { "op": "add", "path": "/came", "value": null },
        ]),
    );
}

#[test]
fn items_that_both_lists_begin_and_end_with_stay() {
    let lists =
        |before: &[u8], after: &[u8], steps: &Value| check(&json!(before), &json!(after), steps);
    lists(
        &[1, 2, 3, 4],
        &[1, 4],
        &json!([{ "op": "remove", "path": "/1" }, { "op": "remove", "path": "/1" }]),
    );
    lists(
        &[1, 4],
        &[1, 2, 3, 4],
        &json!([
            { "op": "add", "path": "/1", "value": 2 }, { "op": "add", "path": "/2", "value": 3 },
        ]),
    );
    lists(&[1, 1], &[1], &json!([{ "op": "remove", "path": "/1" }]));
    lists(&[1, 2, 3], &[1, 5, 3], &json!([{ "op": "replace", "path": "/1", "value": 5 }]));
}

/// Small documents of few names, so that two of them have much in common.
fn any_document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        "[ab~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[ab~/0]{0,2}", inner, 0..5)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_patch_turns_any_document_into_any_other(before in any_document(), after in any_document()) {
        expect_patched(&before, &after);
    }
}
