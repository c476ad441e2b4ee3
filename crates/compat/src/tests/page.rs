//! What `docs/compat.md` says of each endpoint is made from the code.

use std::collections::{BTreeMap, BTreeSet};
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
        for (name, sent) in [(body, true), (answer, false)] {
            if let Some(name) = name {
                add(schemas, name, sent, &mut objects);
            }
        }
    }
    let _ = writeln!(tables, "\n| Object | Members |\n|---|---|");
    for (name, sent) in objects {
        let schema = &schemas[&name];
        let members = members(schemas, schema).into_iter().map(|(name, required, objects)| {
            let name = format!("`{name}`");
            let name = if sent && required { format!("**{name}**") } else { name };
            if objects.is_empty() { name } else { format!("{name} ({})", objects.join(", ")) }
        });
        let members = members.collect::<Vec<_>>().join(", ");
        let _ = writeln!(tables, "| `{name}` | {members}{} |", one_of(schema));
    }
    tables
}

/// Adds an object, and those that it refers to, each once, with whether callers send it.
fn add(schemas: &Value, name: &str, sent: bool, objects: &mut Vec<(String, bool)>) {
    match objects.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) if *known || !sent => return,
        Some((_, known)) => *known = true,
        None => objects.push((name.to_owned(), sent)),
    }
    for (_, _, inner) in members(schemas, &schemas[name]) {
        for name in inner {
            add(schemas, name.trim_matches('`'), sent, objects);
        }
    }
}

/// What an object says of members of which it requires one.
fn one_of(schema: &Value) -> String {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let names = choices.filter_map(|choice| Some(format!("`{}`", choice["required"][0].as_str()?)));
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; one of {} is required", names.join(", "))
    }
}

/// The members of an object: their names, whether they are required, and the objects in them. Each is there once,
/// also when one part of the object has it and another part requires it.
fn members(schemas: &Value, schema: &Value) -> Vec<(String, bool, Vec<String>)> {
    let (mut found, mut required) = (BTreeMap::new(), BTreeSet::new());
    collect(schemas, schema, &mut found, &mut required);
    let known = |name: &String| found.contains_key(name);
    assert!(required.iter().all(known), "{required:?} of {found:?}");
    found
        .into_iter()
        .map(|(name, inner)| {
            let required = required.contains(&name);
            (name, required, inner)
        })
        .collect()
}

fn collect(
    schemas: &Value,
    schema: &Value,
    found: &mut BTreeMap<String, Vec<String>>,
    required: &mut BTreeSet<String>,
) {
    if let Some(name) = referred(schema) {
        return collect(schemas, &schemas[name], found, required);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(schemas, part, found, required);
    }
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.extend(names.map(str::to_owned));
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        refer(value, found.entry(name.clone()).or_default());
    }
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
