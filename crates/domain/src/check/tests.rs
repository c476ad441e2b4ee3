//! All violations at once, each with its place.

use serde_json::json;

use super::{Flaw, Pointer, Violation};
use crate::customer::Command;

#[test]
fn every_mistake_is_reported_at_once() {
    let body = json!({
        "id": "00000000-0000-4000-8000-00000000000a",
        "external_id": "a\u{7}",
        "aliases": ["x", "", "x"],
        "profile": {
            "email": "nobody",
            "address": { "country": "UK" },
            "contact_persons": [
                { "first_name": " ", "is_primary": true },
                { "first_name": "A", "is_primary": true },
            ],
        },
        "metadata": { "a/b": "x".repeat(1001) },
    });
    let violations = Command::read("register-customer", body).unwrap().unwrap_err();
    let pointers: Vec<_> = violations.iter().map(|violation| violation.pointer.as_str()).collect();
    let expected = [
        "/profile/email",
        "/profile/contact_persons/0/first_name",
        "/profile/address/country",
        "/profile/contact_persons",
        "/external_id",
        "/aliases/1",
        "/aliases/2",
        "/metadata/a~1b",
        "/profile/name",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn the_prefix_of_a_raw_identifier_is_not_part_of_a_pointer() {
    let body = json!({ "id": "p", "status": "ACTIVE", "type": "" });
    let violations = Command::read("attach-payment-profile", body).unwrap().unwrap_err();
    assert_eq!(violations[0].pointer, "/type");
}

#[test]
fn a_thousand_mistakes_are_not_all_listed() {
    let body = json!({ "aliases": vec![""; 2001] });
    let violations = Command::read("set-aliases", body).unwrap().unwrap_err();
    assert_eq!(violations.len(), 100);
    assert_eq!(violations[0].pointer, "/aliases");
}

#[test]
fn a_pointer_repeats_a_name_of_at_most_128_bytes() {
    let violation = |bytes: usize| {
        let body = json!({ "profile": { "name": "Ada", "x".repeat(bytes): 1 } });
        Command::read("register-customer", body).unwrap().unwrap_err().remove(0)
    };
    assert_eq!(violation(128).pointer, format!("/profile/{}", "x".repeat(128)));
    assert_eq!(violation(129).pointer, "/profile");
}

#[test]
fn a_pointer_escapes_tildes_and_slashes() {
    let mut at = Pointer::root();
    at.within("a/b~c", |at| assert_eq!(at.as_str(), "/a~1b~0c"));
    assert_eq!(at.as_str(), "");
    assert_eq!(Violation::malformed("x").under("a/b").pointer, "/a~1b");
    assert_eq!(Violation::malformed("x").flaw, Flaw::Malformed);
}
