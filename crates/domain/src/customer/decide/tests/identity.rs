//! Profile, external id, aliases, metadata.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::testing::{
    ADA, alias, check, check_command, context, external_id, external_id_changed, held_by_bob, id,
    registered, stored, wrong,
};
use crate::customer::{Command, ProfilePatch, Refusal, UpdateProfile};
use crate::patch::Patch;

#[test]
fn an_update_stores_exactly_what_changed() {
    let titled = stored("ProfileUpdated", json!({ "title": "Dr" }));
    let body = || json!({ "name": "Ada", "title": "Dr", "email": null, "tags": [] });
    check(&[registered()], &context(), ("update-profile", body()), Ok(from_ref(&titled)));
    check(&[registered(), titled], &context(), ("update-profile", body()), Ok(&[]));
    check(&[registered()], &context(), ("update-profile", json!({})), Ok(&[]));
}

#[test]
fn an_address_changes_line_by_line_and_null_clears_it_whole() {
    let address = json!({ "line1": "Strand 1", "city": "London" });
    let given = [registered(), stored("ProfileUpdated", json!({ "address": address }))];
    let body = json!({ "address": { "city": "Paris", "line1": "Strand 1" } });
    let moved = stored("ProfileUpdated", json!({ "address": { "city": "Paris" } }));
    check(&given, &context(), ("update-profile", body), Ok(&[moved]));
    let cleared = stored("ProfileUpdated", json!({ "address": null }));
    check(&given, &context(), ("update-profile", json!({ "address": null })), Ok(&[cleared]));
    check(&[registered()], &context(), ("update-profile", json!({ "address": null })), Ok(&[]));
}

#[test]
fn a_customer_keeps_a_name() {
    let patch = ProfilePatch { name: Patch::Clear, ..ProfilePatch::default() };
    let nameless = Command::UpdateProfile(UpdateProfile(Box::new(patch)));
    check_command(&[registered()], &context(), nameless, Err(Refusal::NameRequired));
    assert_eq!(wrong("update-profile", json!({ "name": null })), ["/name"]);
}

#[test]
fn an_external_id_belongs_to_one_customer_at_a_time() {
    let body = || json!({ "external_id": "ada" });
    let changed = || external_id_changed("ada");
    check(&[registered()], &context(), ("change-external-id", body()), Ok(&[changed()]));
    check(&[registered(), changed()], &context(), ("change-external-id", body()), Ok(&[]));

    let taken = held_by_bob(external_id("ada"));
    let refused = Err(Refusal::ExternalIdTaken);
    check(&[registered()], &taken, ("change-external-id", body()), refused);

    let mut own = taken;
    own.holders.insert(external_id("ada"), id(ADA));
    check(&[registered()], &own, ("change-external-id", body()), Ok(&[changed()]));
}

#[test]
fn two_spellings_of_one_letter_are_one_external_id() {
    let taken = held_by_bob(external_id("ad\u{e9}"));
    let body = json!({ "external_id": "ade\u{301}" });
    check(&[registered()], &taken, ("change-external-id", body), Err(Refusal::ExternalIdTaken));
}

#[test]
fn an_alias_belongs_to_one_customer() {
    let body = || json!({ "aliases": ["countess", "lady"] });
    let set = stored("AliasesSet", json!({ "aliases": ["countess", "lady"] }));
    check(&[registered()], &context(), ("set-aliases", body()), Ok(from_ref(&set)));
    check(&[registered(), set], &context(), ("set-aliases", body()), Ok(&[]));
    let taken = held_by_bob(alias("lady"));
    check(&[registered()], &taken, ("set-aliases", body()), Err(Refusal::AliasTaken));
}

#[test]
fn metadata_is_replaced_as_a_whole() {
    let body = || json!({ "metadata": { "a": "1" } });
    let replaced = stored("MetadataReplaced", json!({ "metadata": { "a": "1" } }));
    check(&[registered()], &context(), ("replace-metadata", body()), Ok(from_ref(&replaced)));
    check(&[registered(), replaced], &context(), ("replace-metadata", body()), Ok(&[]));
}

#[test]
fn single_keys_of_metadata_are_set_and_removed() {
    let replaced = |metadata: Value| stored("MetadataReplaced", json!({ "metadata": metadata }));
    let given = [registered(), replaced(json!({ "a": "1", "b": "2" }))];
    let update = |body| ("update-metadata", body);
    let body = json!({ "set": { "b": "3", "c": "4" }, "unset": ["a", "x"] });
    let after = replaced(json!({ "b": "3", "c": "4" }));
    check(&given, &context(), update(body), Ok(&[after]));
    let same = json!({ "set": { "a": "1" }, "unset": ["x"] });
    check(&given, &context(), update(same), Ok(&[]));
    assert_eq!(
        wrong("update-metadata", json!({ "set": { "a": "1" }, "unset": ["a"] })),
        ["/unset/0"]
    );

    let many = |count: usize| -> Value {
        (0..count)
            .map(|key| (format!("k{key}"), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let full = [registered(), replaced(many(100))];
    let one_more = json!({ "set": { "a": "1" } });
    check(&full, &context(), update(one_more), Err(Refusal::TooManyMetadata));
    let mut swapped = many(100);
    swapped.as_object_mut().expect("an object").remove("k0");
    swapped["a"] = json!("1");
    let body = json!({ "set": { "a": "1" }, "unset": ["k0"] });
    check(&full, &context(), update(body), Ok(&[replaced(swapped)]));
}
