//! Parents.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, BOB, below_bob, check, context, id, numbered, registered, stored,
};
use crate::customer::{ParentStatus, Refusal};

fn set(parent: Option<&str>) -> (&'static str, Value) {
    ("set-parent", json!({ "parent_customer_id": parent }))
}

fn parent_set(parent: Option<&str>) -> Value {
    stored("ParentSet", json!({ "parent_customer_id": parent }))
}

#[test]
fn a_customer_can_get_a_parent_and_lose_it_again() {
    let context = below_bob(ParentStatus::Active, &[], 0);
    check(&[registered()], &context, set(Some(BOB)), Ok(&[parent_set(Some(BOB))]));
    let given = [registered(), parent_set(Some(BOB))];
    check(&given, &context, set(Some(BOB)), Ok(&[]));
    check(&given, &context, set(None), Ok(&[parent_set(None)]));
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
fn the_lineage_of_another_customer_says_nothing_about_the_parent() {
    let mut context = below_bob(ParentStatus::Active, &[], 0);
    if let Some(lineage) = &mut context.lineage {
        lineage.parent = id(&numbered(1));
    }
    check(&[registered()], &context, set(Some(BOB)), Err(Refusal::ParentUnknown));
}

#[test]
fn no_customer_is_its_own_parent_or_its_own_ancestor() {
    check(&[registered()], &context(), set(Some(ADA)), Err(Refusal::ParentIsSelf));
    let other = numbered(0);
    let context = below_bob(ParentStatus::Active, &[&other, ADA], 2);
    check(&[registered()], &context, set(Some(BOB)), Err(Refusal::ParentCycle));
}

#[test]
fn a_hierarchy_has_at_most_8_levels_including_those_below_the_customer() {
    let ancestors: Vec<_> = (0..7).map(numbered).collect();
    let ancestors: Vec<_> = ancestors.iter().map(String::as_str).collect();
    let accepted = parent_set(Some(BOB));
    for (above, below) in [(6, 0), (2, 4), (0, 6)] {
        let eight = below_bob(ParentStatus::Active, &ancestors[..above], below);
        check(&[registered()], &eight, set(Some(BOB)), Ok(from_ref(&accepted)));
    }
    for (above, below) in [(7, 0), (6, 1), (2, 5), (0, 7), (0, u32::MAX)] {
        let nine = below_bob(ParentStatus::Active, &ancestors[..above], below);
        check(&[registered()], &nine, set(Some(BOB)), Err(Refusal::HierarchyTooDeep));
    }
}
