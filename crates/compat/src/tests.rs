//! What the surfaces' tables and documents have in common with our own.

mod page;

use api::definitions;
use serde_json::Value;

use crate::members::{Content, Member};
use crate::openapi::{Known, document};
use crate::surface::Surface;
use crate::{flexprice, maple, metronome, telness};

const SURFACES: [&Surface; 4] =
    [&metronome::SURFACE, &flexprice::SURFACE, &telness::SURFACE, &maple::SURFACE];

/// A table that points where our documents have nothing would never show anything.
#[test]
fn every_member_of_every_table_is_somewhere_in_our_documents() {
    let known = Known(definitions());
    for object in SURFACES.iter().flat_map(|surface| (surface.describe)().objects) {
        let root = known.0.get(object.of).expect(object.of);
        for member in object.tables.iter().flat_map(|table| table.iter()) {
            check(&known, root, member, object.name);
        }
    }
}

fn check(known: &Known, of: &Value, member: &Member, object: &str) {
    let ours = known.at(of, member.ours);
    assert!(!ours.is_null(), "{object}: {} at {}", member.theirs, member.ours);
    let (inner, of): (&[Member], Value) = match member.form.content() {
        Content::Members(table) => (table, ours),
        Content::Items(table) => (table, known.at(&ours, "/items")),
        Content::Plain => (&[], Value::Null),
    };
    for inner in inner {
        check(known, &of, inner, object);
    }
}

#[test]
fn what_a_refusal_is_about_is_somewhere_in_our_documents() {
    let known = Known(definitions());
    let customer = known.0.get("Customer").expect("customers");
    for member in domain::customer::Refusal::ALL.iter().filter_map(|why| why.member()) {
        assert!(!known.at(customer, member).is_null(), "{member}");
    }
}

#[test]
fn every_schema_that_a_document_refers_to_is_in_it() {
    for surface in SURFACES {
        let document = document(surface, definitions());
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().expect("a name");
            let known = document["components"]["schemas"].get(name);
            assert!(known.is_some(), "{}: {name}", surface.origin.name);
        }
    }
}
