//! The laws of patches, differences and reductions.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::customer::{Profile, ProfilePatch};

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), "[ab]".prop_map(Value::from)]
}

/// A patch of some fields: texts, a list, records within records.
fn patch() -> impl Strategy<Value = ProfilePatch> {
    let tags = prop_oneof![
        Just(Value::Null),
        proptest::collection::vec("[ab]", 0..2).prop_map(Value::from),
    ];
    let address = || {
        prop_oneof![
            1 => Just(Value::Null),
            3 => (text(), text()).prop_map(|(city, line)| json!({ "city": city, "line1": line })),
        ]
    };
    let shipping = prop_oneof![
        1 => Just(Value::Null),
        3 => (text(), address()).prop_map(|(name, to)| json!({ "name": name, "address": to })),
    ];
    let fields = (text(), text(), tags, address(), shipping);
    (fields, any::<[bool; 5]>()).prop_map(|((name, title, tags, address, shipping), present)| {
        let fields = [
            ("name", name),
            ("title", title),
            ("tags", tags),
            ("address", address),
            ("shipping", shipping),
        ];
        let fields = fields.into_iter().zip(present).filter(|(_, present)| *present);
        let fields = fields.map(|((name, value), _)| (name.to_owned(), value)).collect();
        serde_json::from_value(Value::Object(fields)).expect("a patch")
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    patch().prop_map(|patch| Profile::default().with(patch))
}

/// What a field has after it followed a change.
fn followed<'a, T: PartialEq>(own: &'a T, from: &T, to: &'a T) -> &'a T {
    if from == to { own } else { to }
}

proptest! {
    #[test]
    fn a_record_follows_a_change_field_by_field(
        own in profile(),
        from in profile(),
        to in profile(),
    ) {
        let after = own.with(own.following(&from, &to));
        prop_assert_eq!(&after.name, followed(&own.name, &from.name, &to.name));
        prop_assert_eq!(&after.tags, followed(&own.tags, &from.tags, &to.tags));
        let places = [&after, &own, &from, &to].map(|profile| &profile.address);
        let [after_place, own_place, from_place, to_place] = places;
        let city = followed(&own_place.city, &from_place.city, &to_place.city);
        prop_assert_eq!(&after_place.city, city);
        let line = followed(&own_place.line1, &from_place.line1, &to_place.line1);
        prop_assert_eq!(&after_place.line1, line);
        prop_assert_eq!(&from.with(from.following(&from, &to)), &to);
        prop_assert!(own.following(&from, &from).is_empty());
    }

    #[test]
    fn the_difference_turns_one_record_into_the_other(one in profile(), other in profile()) {
        prop_assert_eq!(&one.with(one.difference(&other)), &other);
    }

    #[test]
    fn the_difference_is_empty_exactly_if_the_records_are_equal(one in profile(), other in profile()) {
        prop_assert_eq!(one.difference(&other).is_empty(), one == other);
    }

    #[test]
    fn a_reduced_patch_has_the_effect_of_the_patch(one in profile(), patch in patch()) {
        let reduced = one.reduce(patch.clone());
        prop_assert_eq!(one.with(reduced.clone()), one.with(patch.clone()));
        prop_assert_eq!(reduced.is_empty(), one.with(patch) == one);
    }

    #[test]
    fn a_patch_changes_nothing_the_second_time(one in profile(), patch in patch()) {
        prop_assert!(one.with(patch.clone()).reduce(patch).is_empty());
    }

    #[test]
    fn a_patch_is_written_as_it_was_read(patch in patch()) {
        let written = serde_json::to_string(&patch).expect("JSON");
        let read: ProfilePatch = serde_json::from_str(&written).expect("readable");
        prop_assert_eq!(&read, &patch);
    }
}

#[test]
fn an_empty_record_is_not_written() {
    assert_eq!(serde_json::to_value(Profile::default()).expect("JSON"), json!({}));
    assert_eq!(serde_json::to_value(ProfilePatch::default()).expect("JSON"), json!({}));
}

#[test]
fn a_record_shows_each_kind_of_change_on_its_own() {
    let profile = |fields: Value| -> Profile { serde_json::from_value(fields).expect("a profile") };
    let patch = |from: Value, to: Value| {
        serde_json::to_value(profile(from).difference(&profile(to))).expect("JSON")
    };
    let (a, b) = (|| json!({ "title": "a" }), || json!({ "title": "b" }));
    assert_eq!(patch(a(), b()), b());
    assert_eq!(patch(a(), json!({})), json!({ "title": null }));
    assert_eq!(patch(json!({}), a()), a());
    let (tags, others) = (|| json!({ "tags": ["a"] }), || json!({ "tags": ["a", "b"] }));
    assert_eq!(patch(tags(), others()), others());
    assert_eq!(patch(tags(), json!({})), json!({ "tags": null }));
    let city = |city: &str| json!({ "address": { "city": city } });
    assert_eq!(patch(city("a"), city("b")), city("b"));
    assert_eq!(patch(city("a"), json!({})), json!({ "address": null }));
    let line = json!({ "address": { "line1": "b" } });
    let moved = json!({ "address": { "city": null, "line1": "b" } });
    assert_eq!(patch(city("a"), line), moved);
}

#[test]
fn a_record_is_empty_only_without_any_field() {
    for fields in [json!({ "name": "a" }), json!({ "shipping": { "name": "a" } })] {
        let profile: Profile = serde_json::from_value(fields.clone()).expect("a profile");
        assert!(!profile.is_empty(), "{fields}");
        let patch: ProfilePatch = serde_json::from_value(fields.clone()).expect("a patch");
        assert!(!patch.is_empty(), "{fields}");
    }
    assert!(Profile::default().is_empty() && ProfilePatch::default().is_empty());
}
