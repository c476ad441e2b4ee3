//! Makes derived schemas fit for people and for generators of clients.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Rewrites a schema and all schemas inside it:
///
/// - Descriptions come from doc comments. Lines are joined, links to items become plain code.
/// - A choice between constants becomes an `enum`. Generators handle it best.
/// - Defaults are left out: some generators take a member with a default for a required one.
pub(super) fn for_readers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(for_readers);
            if let Some(Value::String(text)) = members.get_mut("description") {
                let plain = text.replace("[`", "`").replace("`]", "`");
                let paragraphs = plain.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                *text = paragraphs.collect::<Vec<_>>().join("\n\n");
            }
            members.remove("default");
            enumerated(members);
        }
        Value::Array(items) => items.iter_mut().for_each(for_readers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Turns a `oneOf` of constants into an `enum`. The constants' descriptions become a list.
fn enumerated(members: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = members.get("oneOf") else { return };
    let mut names = Vec::new();
    let mut list = String::new();
    for choice in choices {
        if let Some(name) = choice.get("const") {
            if let (Some(name), Some(text)) = (name.as_str(), choice["description"].as_str()) {
                // Writing to a string can't fail.
                let _ = write!(list, "\n- `{name}`: {text}");
            }
            names.push(name.clone());
        } else if let Some(several) = choice["enum"].as_array() {
            names.extend(several.iter().cloned());
        } else {
            return;
        }
    }
    members.remove("oneOf");
    members.insert("type".to_owned(), "string".into());
    members.insert("enum".to_owned(), Value::Array(names));
    if !list.is_empty() {
        let description = members.entry("description").or_insert_with(|| "".into());
        *description = format!("{}\n{list}", description.as_str().unwrap_or_default()).into();
    }
}

/// Adapts a record that is only in answers. Members without a value are left out there, so a member
/// that is not required is never `null`. New members may come, so others are allowed.
pub(super) fn only_answered(definition: &mut Value) {
    let Value::Object(definition) = definition else { return };
    definition.remove("additionalProperties");
    let required = definition.get("required").and_then(Value::as_array).cloned();
    let required = required.unwrap_or_default();
    let Some(Value::Object(properties)) = definition.get_mut("properties") else { return };
    for (name, property) in properties {
        if !required.contains(&Value::from(name.as_str())) {
            without_null(property);
        }
    }
}

fn without_null(property: &mut Value) {
    let Value::Object(property) = property else { return };
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_mut_slice() {
            let mut only = std::mem::take(only);
            property.remove("anyOf");
            property.append(&mut only);
        }
    }
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_mut_slice() {
            let only = only.take();
            property.insert("type".to_owned(), only);
        }
    }
}

/// The names of all definitions that `schemas` refer to, directly or through others.
pub(super) fn reachable<'a>(
    schemas: impl IntoIterator<Item = &'a Value>,
    definitions: &'a Map<String, Value>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> = schemas.into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str);
                if let Some(name) = name.and_then(|path| path.rsplit('/').next())
                    && found.insert(name.to_owned())
                {
                    open.extend(definitions.get(name));
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}
