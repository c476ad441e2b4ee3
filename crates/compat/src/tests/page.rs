//! What `docs/compat.md` says of each endpoint is made from the code.

use std::fmt::Write as _;

use serde_json::Value;

use super::{SURFACES, definitions, document};
use crate::description::Endpoint;
use crate::surface::Surface;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compat.md");
/// What ends a made part of the page.
const END: &str = "<!-- end of members -->";

#[test]
fn compat_md_has_the_members_of_each_endpoint() {
    let kept = std::fs::read_to_string(PAGE).expect("the page");
    let mut page = kept.clone();
    for surface in SURFACES {
        let begin = format!("<!-- members of {} -->\n", (surface.describe)().title);
        let (before, rest) = page.split_once(&begin).expect(&begin);
        let (_, after) = rest.split_once(END).expect(END);
        page = [before, &begin, &tables(surface), END, after].concat();
    }
    if std::env::var_os("UPDATE_FILES").is_some() {
        std::fs::write(PAGE, &page).expect("the page is written");
        return;
    }
    assert_eq!(kept, page, "the page is old: run this test with UPDATE_FILES=1");
}

/// What each endpoint takes and answers, and the members of these objects.
fn tables(surface: &Surface) -> String {
    let document = document(surface, definitions());
    let schemas = &document["components"]["schemas"];
    let mut tables = "\n| Endpoint | Takes | Answers |\n|---|---|---|\n".to_owned();
    let mut objects = Vec::new();
    for endpoint in (surface.describe)().endpoints {
        let Endpoint { method, path, query, body, status, answer, .. } = endpoint;
        let query = query.iter().map(|(name, _)| format!("`?{name}`"));
        let taken =
            query.chain(body.map(|name| format!("`{name}`"))).collect::<Vec<_>>().join(", ");
        let answered = answer.map_or_else(String::new, |name| format!(" `{name}`"));
        let _ = writeln!(
            tables,
            "| `{} {path}` | {taken} | {status}{answered} |",
            method.to_uppercase()
        );
        for name in [*body, *answer].into_iter().flatten() {
            add(schemas, name, &mut objects);
        }
    }
    let _ = writeln!(tables, "\n| Object | Members |\n|---|---|");
    for name in objects {
        let schema = &schemas[&name];
        let sent = (surface.describe)()
            .endpoints
            .iter()
            .any(|endpoint| endpoint.body == Some(&name))
            || (surface.describe)().objects.iter().any(|object| object.sent && object.name == name);
        let members = members(schemas, schema).into_iter().map(|(name, required, objects)| {
            let name = format!("`{name}`");
            let name = if sent && required { format!("**{name}**") } else { name };
            if objects.is_empty() { name } else { format!("{name} ({})", objects.join(", ")) }
        });
        let _ = writeln!(tables, "| `{name}` | {} |", members.collect::<Vec<_>>().join(", "));
    }
    tables
}

/// Adds an object, and those that it refers to, each once.
fn add(schemas: &Value, name: &str, objects: &mut Vec<String>) {
    if objects.iter().any(|known| known == name) {
        return;
    }
    objects.push(name.to_owned());
    for (_, _, inner) in members(schemas, &schemas[name]) {
        for name in inner {
            add(schemas, name.trim_matches('`'), objects);
        }
    }
}

/// The members of an object: their names, whether they are required, and the objects in them.
fn members(schemas: &Value, schema: &Value) -> Vec<(String, bool, Vec<String>)> {
    if let Some(name) = referred(schema) {
        return members(schemas, &schemas[name]);
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let mut found: Vec<_> = parts.flat_map(|part| members(schemas, part)).collect();
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let mut inner = Vec::new();
        refer(value, &mut inner);
        found.push((name.clone(), required.iter().any(|known| known == name), inner));
    }
    found.sort();
    found
}

/// Adds the objects that a value is made of.
fn refer(schema: &Value, found: &mut Vec<String>) {
    if let Some(name) = referred(schema) {
        found.push(format!("`{name}`"));
    }
    for part in ["allOf", "anyOf"].iter().filter_map(|name| schema[*name].as_array()).flatten() {
        refer(part, found);
    }
    if schema["items"].is_object() {
        refer(&schema["items"], found);
    }
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}
