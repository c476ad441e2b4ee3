//! Profile, external id, aliases, metadata, custom fields.

use std::slice::from_ref;

use serde_json::json;

use crate::customer::testing::{
    ADA, check, command, context, customer, external_id, held_by_bob, id, registered,
};
use crate::customer::{
    Command, ProfilePatch, Refusal, Reservation, ReservationKind, UpdateProfile, decide,
};
use crate::patch::Patch;

#[test]
fn an_update_names_exactly_what_changed() {
    let titled = json!({ "type": "ProfileUpdated", "data": { "title": "Dr" } });
    let body = || json!({ "name": "Ada", "title": "Dr", "email": null, "tags": [] });
    check(&[registered()], &context(), ("update-profile", body()), Ok(from_ref(&titled)));
    check(&[registered(), titled], &context(), ("update-profile", body()), Ok(&[]));
    check(&[registered()], &context(), ("update-profile", json!({})), Ok(&[]));
}

#[test]
fn an_address_changes_line_by_line_and_null_clears_it_whole() {
    let address = json!({ "line1": "Strand 1", "city": "London" });
    let given = [registered(), json!({ "type": "ProfileUpdated", "data": { "address": address } })];
    let body = json!({ "address": { "city": "Paris", "line1": "Strand 1" } });
    let moved = json!({ "type": "ProfileUpdated", "data": { "address": { "city": "Paris" } } });
    check(&given, &context(), ("update-profile", body), Ok(&[moved]));
    let cleared = json!({ "type": "ProfileUpdated", "data": { "address": null } });
    check(&given, &context(), ("update-profile", json!({ "address": null })), Ok(&[cleared]));
    check(&[registered()], &context(), ("update-profile", json!({ "address": null })), Ok(&[]));
}

#[test]
fn a_customer_keeps_a_name() {
    let patch = ProfilePatch { name: Patch::Clear, ..ProfilePatch::default() };
    let nameless = Command::UpdateProfile(UpdateProfile(Box::new(patch)));
    let decided = decide(&customer(&[registered()]), &context(), nameless);
    assert_eq!(decided, Err(Refusal::NameRequired));

    let read = Command::read("update-profile", json!({ "name": null })).unwrap().unwrap_err();
    assert_eq!(read[0].pointer, "/name");

    let mut unnamed =
        command("register-customer", json!({ "id": ADA, "profile": { "name": "A" } }));
    if let Command::RegisterCustomer(registration) = &mut unnamed {
        registration.profile.name = Patch::Keep;
    }
    assert_eq!(decide(&customer(&[]), &context(), unnamed), Err(Refusal::NameRequired));
}

#[test]
fn an_external_id_belongs_to_one_customer_at_a_time() {
    let body = || json!({ "external_id": "ada" });
    let changed = json!({ "type": "ExternalIdChanged", "data": { "external_id": "ada" } });
    check(&[registered()], &context(), ("change-external-id", body()), Ok(from_ref(&changed)));
    check(&[registered(), changed], &context(), ("change-external-id", body()), Ok(&[]));

    let taken = held_by_bob(external_id("ada"));
    let refused = Err(Refusal::ExternalIdTaken);
    check(&[registered()], &taken, ("change-external-id", body()), refused);

    let mut own = taken;
    own.holders.insert(external_id("ada"), id(ADA));
    let changed = json!({ "type": "ExternalIdChanged", "data": { "external_id": "ada" } });
    check(&[registered()], &own, ("change-external-id", body()), Ok(&[changed]));
}

#[test]
fn two_spellings_of_one_letter_are_one_external_id() {
    let taken = held_by_bob(external_id("ad\u{e9}"));
    let body = json!({ "external_id": "ade\u{301}" });
    check(&[registered()], &taken, ("change-external-id", body), Err(Refusal::ExternalIdTaken));
}

#[test]
fn a_former_external_id_still_finds_the_customer() {
    let changed = |to| json!({ "type": "ExternalIdChanged", "data": { "external_id": to } });
    let ada = customer(&[registered(), changed("one"), changed("two"), changed("one")]);
    let former: Vec<_> = ada.former_external_ids.iter().map(ToString::to_string).collect();
    assert_eq!(former, ["two"]);
    assert!(
        ada.reservations().contains(&Reservation::new(ReservationKind::FormerExternalId, "two"))
    );
    assert!(ada.reservations().contains(&external_id("one")));
}

#[test]
fn an_archived_customer_frees_its_external_id_and_keeps_its_aliases() {
    let ada = customer(&[
        registered(),
        json!({ "type": "ExternalIdChanged", "data": { "external_id": "ada" } }),
        json!({ "type": "AliasesSet", "data": { "aliases": ["countess"] } }),
        json!({ "type": "CustomerArchived", "data": {} }),
    ]);
    let reservations: Vec<_> = ada
        .reservations()
        .into_iter()
        .map(|reservation| (reservation.kind, reservation.key))
        .collect();
    let expected = [
        (ReservationKind::FormerExternalId, "ada".to_owned()),
        (ReservationKind::Alias, "countess".to_owned()),
    ];
    assert_eq!(reservations, expected);
}

#[test]
fn an_alias_belongs_to_one_customer() {
    let body = || json!({ "aliases": ["countess", "lady"] });
    let set = json!({ "type": "AliasesSet", "data": { "aliases": ["countess", "lady"] } });
    check(&[registered()], &context(), ("set-aliases", body()), Ok(from_ref(&set)));
    check(&[registered(), set], &context(), ("set-aliases", body()), Ok(&[]));
    let taken = held_by_bob(Reservation::new(ReservationKind::Alias, "lady"));
    check(&[registered()], &taken, ("set-aliases", body()), Err(Refusal::AliasTaken));
}

#[test]
fn metadata_is_replaced_as_a_whole() {
    let body = || json!({ "metadata": { "a": "1" } });
    let replaced = json!({ "type": "MetadataReplaced", "data": { "metadata": { "a": "1" } } });
    check(&[registered()], &context(), ("replace-metadata", body()), Ok(from_ref(&replaced)));
    check(&[registered(), replaced], &context(), ("replace-metadata", body()), Ok(&[]));
}

#[test]
fn custom_fields_are_set_and_deleted_by_key() {
    let set = json!({ "type": "CustomFieldsSet",
        "data": { "fields": { "plan": "gold", "vat": "GB1" }, "unique": ["vat"] } });
    let body = || json!({ "fields": { "plan": "gold", "vat": "GB1" } });
    check(&[registered()], &context(), ("set-custom-fields", body()), Ok(from_ref(&set)));
    check(&[registered(), set.clone()], &context(), ("set-custom-fields", body()), Ok(&[]));

    let deleted = json!({ "type": "CustomFieldsDeleted", "data": { "keys": ["plan"] } });
    let keys = || json!({ "keys": ["plan", "never"] });
    let given = [registered(), set];
    check(&given, &context(), ("delete-custom-fields", keys()), Ok(&[deleted]));
    check(&[registered()], &context(), ("delete-custom-fields", keys()), Ok(&[]));
}

#[test]
fn a_custom_field_has_to_be_defined_and_not_removed() {
    for key in ["never", "old"] {
        let body = json!({ "fields": { key: "x" } });
        let refused = Err(Refusal::CustomFieldKeyUnknown);
        check(&[registered()], &context(), ("set-custom-fields", body), refused);
    }
}

#[test]
fn the_value_of_a_unique_custom_field_belongs_to_one_customer() {
    let reservation = Reservation::custom_field(&"vat".parse().unwrap(), &"GB1".parse().unwrap());
    let taken = held_by_bob(reservation);
    let body = json!({ "fields": { "vat": "GB1" } });
    check(
        &[registered()],
        &taken,
        ("set-custom-fields", body),
        Err(Refusal::CustomFieldValueTaken),
    );

    let body = json!({ "fields": { "vat": "\u{20ac}".repeat(500) } });
    let refused = Err(Refusal::CustomFieldValueTooLong);
    check(&[registered()], &context(), ("set-custom-fields", body), refused);
}

#[test]
fn different_unique_fields_never_make_the_same_claim() {
    let reservation = |key: &str, value: &str| {
        Reservation::custom_field(&key.parse().unwrap(), &value.parse().unwrap())
    };
    assert_ne!(reservation("a=b", "c"), reservation("a", "b=c"));
    assert_ne!(reservation("a\\", "=b"), reservation("a\\=", "b"));
}

#[test]
fn the_hundred_and_first_custom_field_is_refused() {
    let fields: serde_json::Map<_, _> = (0..100).map(|n| (format!("k{n}"), json!("old"))).collect();
    let full = json!({ "type": "CustomFieldsSet", "data": { "fields": fields, "unique": [] } });
    let body = json!({ "fields": { "plan": "x" } });
    let refused = Err(Refusal::TooManyCustomFields);
    check(&[registered(), full], &context(), ("set-custom-fields", body), refused);
}
