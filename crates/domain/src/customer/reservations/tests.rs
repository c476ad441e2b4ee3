//! The names that a customer holds, and those that a command asks for.

use serde_json::{Value, json};

use super::{Reservation, ReservationKind, UnknownReservationKind};
use crate::customer::testing::{
    ADA, BOB, alias, archived, command, custom_field, customer, external_id, external_id_changed,
    id, registered, stored,
};

fn former(name: &str) -> Reservation {
    Reservation::new(ReservationKind::FormerExternalId, name)
}

#[track_caller]
fn held(given: &[Value], then: &[Reservation]) {
    assert_eq!(customer(given).reservations().into_iter().collect::<Vec<_>>(), then);
}

/// Given this customer and an earlier version of it, then the command asks who holds these names.
#[track_caller]
fn wanted(given: &[Value], past: &[Value], name: &str, body: Value, then: &[Reservation]) {
    let past = customer(past);
    let wanted = command(name, body).wanted_reservations(&customer(given), Some(&past));
    assert_eq!(wanted, then, "{name}");
}

/// A history with one name of each kind.
fn named() -> Vec<Value> {
    let fields = json!({ "fields": { "plan": "gold", "vat": "1" }, "unique": ["vat"] });
    vec![
        registered(),
        external_id_changed("ada"),
        stored("AliasesSet", json!({ "aliases": ["countess"] })),
        stored("CustomFieldsSet", fields),
    ]
}

#[test]
fn each_kind_of_name_has_a_name_in_storage() {
    let kinds = [
        (ReservationKind::ExternalId, "external_id"),
        (ReservationKind::FormerExternalId, "former_external_id"),
        (ReservationKind::Alias, "alias"),
        (ReservationKind::CustomField, "custom_field"),
    ];
    assert_eq!(ReservationKind::ALL, kinds.map(|(kind, _)| kind));
    for (kind, name) in kinds {
        assert_eq!((kind.as_str(), kind.to_string().as_str()), (name, name));
        assert_eq!(name.parse(), Ok(kind));
    }
    assert_eq!("xyzzy".parse::<ReservationKind>(), Err(UnknownReservationKind));
}

#[test]
fn many_customers_may_have_had_an_external_id_and_one_has_any_other_name() {
    let shared: Vec<_> =
        ReservationKind::ALL.iter().filter(|kind| !kind.exclusive()).copied().collect();
    assert_eq!(shared, [ReservationKind::FormerExternalId]);
}

#[test]
fn a_customer_holds_its_external_id_its_aliases_and_its_unique_fields() {
    held(&[], &[]);
    held(&[registered()], &[]);
    held(&named(), &[external_id("ada"), alias("countess"), custom_field("vat", "1")]);
}

#[test]
fn a_former_external_id_still_finds_the_customer() {
    let changed = external_id_changed;
    let given = [registered(), changed("one"), changed("two"), changed("one")];
    held(&given, &[external_id("one"), former("two")]);
}

#[test]
fn an_archived_customer_gives_up_its_external_id_and_keeps_its_other_names() {
    let given = [named(), vec![archived()]].concat();
    held(&given, &[former("ada"), alias("countess"), custom_field("vat", "1")]);
}

#[test]
fn two_spellings_of_one_letter_are_one_name() {
    assert_eq!(external_id("ade\u{301}").key, "ad\u{e9}");
    assert_eq!(custom_field("e\u{301}", "a").key, "\u{e9}=a");
}

#[test]
fn different_unique_fields_never_have_the_same_key() {
    assert_ne!(custom_field("a=b", "c"), custom_field("a", "b=c"));
    assert_ne!(custom_field("a\\", "=b"), custom_field("a\\=", "b"));
}

#[test]
fn a_command_asks_who_holds_the_names_that_it_gives() {
    let all = [external_id("ada"), alias("countess"), custom_field("vat", "1")];
    let body = json!({ "id": ADA, "profile": { "name": "Ada" }, "external_id": "ada",
                       "aliases": ["countess"], "custom_fields": { "vat": "1" } });
    wanted(&[], &[], "register-customer", body, &all);
    let body = json!({ "external_id": "ada" });
    wanted(&[registered()], &[], "change-external-id", body, &all[..1]);
    let body = json!({ "external_id": null });
    wanted(&named(), &[], "change-external-id", body, &[]);
    let body = json!({ "aliases": ["countess", "lady"] });
    wanted(&[registered()], &[], "set-aliases", body, &[alias("countess"), alias("lady")]);
    let body = json!({ "fields": { "vat": "1" } });
    wanted(&[registered()], &[], "set-custom-fields", body, &all[2..]);
    wanted(&named(), &named(), "update-profile", json!({ "name": "Grace" }), &[]);
    wanted(&named(), &named(), "archive-customer", json!({}), &[]);
}

#[test]
fn a_restoration_asks_who_holds_the_external_id_now() {
    let given = [named(), vec![archived()]].concat();
    wanted(&given, &[], "restore-customer", json!({}), &[external_id("ada")]);
}

#[test]
fn going_back_asks_who_holds_the_names_of_the_earlier_version_now() {
    let given = [registered(), external_id_changed("other")];
    let body = json!({ "version": 4 });
    // The tenant defines today which custom fields are unique, so all are requested.
    let fields = [custom_field("plan", "gold"), custom_field("vat", "1")];
    let then = [external_id("ada"), alias("countess")].into_iter().chain(fields);
    wanted(&given, &named(), "revert-to", body.clone(), &then.collect::<Vec<_>>());
    let none = command("revert-to", body).wanted_reservations(&customer(&given), None);
    assert_eq!(none, []);
}

#[test]
fn a_command_asks_for_the_lineage_of_a_parent_that_is_new() {
    let parent = |given: &[Value], past: Option<&[Value]>, name: &str, body: Value| {
        let past = past.map(customer);
        command(name, body).wanted_parent(&customer(given), past.as_ref())
    };
    let below_bob = [registered(), stored("ParentSet", json!({ "parent_customer_id": BOB }))];
    let bob = Some(id(BOB));
    let set = |to: Option<&str>| json!({ "parent_customer_id": to });
    assert_eq!(parent(&[registered()], None, "set-parent", set(Some(BOB))), bob);
    assert_eq!(parent(&below_bob, None, "set-parent", set(Some(BOB))), None);
    assert_eq!(parent(&below_bob, None, "set-parent", set(None)), None);
    let body = |parent: Option<&str>| json!({ "id": ADA, "profile": { "name": "Ada" }, "parent_customer_id": parent });
    assert_eq!(parent(&[], None, "register-customer", body(Some(BOB))), bob);
    assert_eq!(parent(&[], None, "register-customer", body(None)), None);
    let version = || json!({ "version": 2 });
    assert_eq!(parent(&[registered()], Some(&below_bob), "revert-to", version()), bob);
    assert_eq!(parent(&below_bob, Some(&below_bob), "revert-to", version()), None);
    assert_eq!(parent(&[registered()], None, "revert-to", version()), None);
    let name = json!({ "name": "Grace" });
    assert_eq!(parent(&[registered()], Some(&below_bob), "update-profile", name), None);
}
