//! Parents.

use serde_json::json;

use crate::customer::testing::{ADA, BOB, below_bob, check, context, registered};
use crate::customer::{ParentStatus, Refusal};

const OTHERS: [&str; 6] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
    "00000000-0000-4000-8000-000000000004",
    "00000000-0000-4000-8000-000000000005",
    "00000000-0000-4000-8000-000000000006",
];

fn set(parent: Option<&str>) -> (&'static str, serde_json::Value) {
    ("set-parent", json!({ "parent_customer_id": parent }))
}

fn was_set(parent: Option<&str>) -> serde_json::Value {
    json!({ "type": "ParentSet", "data": { "parent_customer_id": parent } })
}

#[test]
fn a_customer_can_be_put_below_another_and_taken_out_again() {
    let context = below_bob(ParentStatus::Active, &[], 0);
    check(&[registered()], &context, set(Some(BOB)), Ok(&[was_set(Some(BOB))]));
    let given = [registered(), was_set(Some(BOB))];
    check(&given, &context, set(Some(BOB)), Ok(&[]));
    check(&given, &context, set(None), Ok(&[was_set(None)]));
}

#[test]
fn a_parent_has_to_exist_and_not_be_archived() {
    let refused = Err(Refusal::ParentUnknown);
    check(&[registered()], &context(), set(Some(BOB)), refused);
    for status in [ParentStatus::Archived, ParentStatus::Unknown] {
        check(&[registered()], &below_bob(status, &[], 0), set(Some(BOB)), refused);
    }
}

#[test]
fn nobody_is_its_own_parent_nor_its_own_ancestor() {
    check(&[registered()], &context(), set(Some(ADA)), Err(Refusal::ParentIsSelf));
    let context = below_bob(ParentStatus::Active, &[OTHERS[0], ADA], 2);
    check(&[registered()], &context, set(Some(BOB)), Err(Refusal::ParentCycle));
}

#[test]
fn a_hierarchy_has_eight_levels_counting_those_below() {
    let eight = below_bob(ParentStatus::Active, &OTHERS, 0);
    check(&[registered()], &eight, set(Some(BOB)), Ok(&[was_set(Some(BOB))]));
    let nine = below_bob(ParentStatus::Active, &OTHERS, 1);
    check(&[registered()], &nine, set(Some(BOB)), Err(Refusal::HierarchyTooDeep));
    let eight = below_bob(ParentStatus::Active, &OTHERS[..2], 4);
    check(&[registered()], &eight, set(Some(BOB)), Ok(&[was_set(Some(BOB))]));
}
