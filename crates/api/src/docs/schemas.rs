//! Schemas as people read them: a table of members, or a line that says what is allowed.

use serde_json::{Map, Value};

use super::html::{Html, Level};

/// Schemas by their names.
pub(super) type Definitions = Map<String, Value>;

/// A section for each schema.
pub(super) fn sections(html: &mut Html, definitions: &Definitions) {
    for (name, schema) in definitions {
        html.markup("<section class=\"schema\">");
        html.heading(Level::Entry, &format!("schema-{name}"), name);
        if let Some(description) = schema["description"].as_str() {
            html.prose(description);
        }
        body(html, name, schema, definitions);
        html.markup("</section>\n");
    }
}

/// The members of an object, or what else the schema allows.
pub(super) fn body(html: &mut Html, name: &str, schema: &Value, definitions: &Definitions) {
    if let Some(properties) = schema["properties"].as_object() {
        members(html, name, schema, properties, definitions);
    } else if let Some(choices) = schema["oneOf"].as_array() {
        html.markup("<ul>");
        for choice in choices {
            html.markup("<li>");
            type_of(html, choice, definitions);
            html.markup("</li>");
        }
        html.markup("</ul>\n");
    } else {
        html.markup("<p class=\"type\">");
        type_of(html, schema, definitions);
        html.markup("</p>\n");
    }
}

/// One row a member, the required ones first.
fn members(
    html: &mut Html,
    name: &str,
    schema: &Value,
    properties: &Map<String, Value>,
    definitions: &Definitions,
) {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
    };
    html.within("<table><caption>Members of ", name, "</caption>");
    html.markup("<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead>");
    html.markup("<tbody>\n");
    let (first, then): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| required(name));
    for (member, schema) in first.into_iter().chain(then) {
        html.markup("<tr><th scope=\"row\">");
        html.name(member);
        if required(member) {
            html.markup(" <span class=\"required\">required</span>");
        }
        html.markup("</th><td><span class=\"type\">");
        type_of(html, schema, definitions);
        html.markup("</span>");
        if let Some(description) = schema["description"].as_str() {
            html.markup("<br>");
            html.inline(description);
        }
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
}

/// What a value may be, in a few words.
pub(super) fn type_of(html: &mut Html, schema: &Value, definitions: &Definitions) {
    if let Some(name) = name_of(schema) {
        html.link("schema-", name, name);
        if let Some(named) = definitions.get(name) {
            limits(html, named, ", ");
        }
    } else if let Some(choices) = schema["anyOf"].as_array() {
        for (nth, choice) in choices.iter().enumerate() {
            html.markup(if nth == 0 { "" } else { " or " });
            type_of(html, choice, definitions);
        }
    } else if let Some(names) = schema["enum"].as_array() {
        for (nth, name) in names.iter().enumerate() {
            html.markup(if nth == 0 { "" } else { ", " });
            html.code(name.as_str().unwrap_or_default());
        }
    } else if !schema["const"].is_null() {
        html.code(&schema["const"].to_string());
    } else if schema["items"].is_object() {
        html.markup("list of ");
        type_of(html, &schema["items"], definitions);
        limits(html, schema, "; ");
    } else if schema["additionalProperties"].is_object() {
        html.markup("object of names and ");
        type_of(html, &schema["additionalProperties"], definitions);
        limits(html, schema, "; ");
    } else {
        html.text(&plain(schema));
        limits(html, schema, ", ");
    }
}

/// The schema that a reference leads to.
pub(super) fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The type without its limits.
fn plain(schema: &Value) -> String {
    let types = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            names.join(" or ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            "any JSON value".to_owned()
        }
    };
    match schema["format"].as_str() {
        // How wide a number is stored says less than its limits do.
        Some(format) if !format.contains("int") => format!("{types} ({format})"),
        _ => types,
    }
}

/// How long, how many, how large: whatever the schema limits, each after `before`.
fn limits(html: &mut Html, schema: &Value, before: &'static str) {
    let mut said = Vec::new();
    let mut range = |least: &str, most: &str, unit: &str| {
        let (least, most) = (schema[least].as_i64(), schema[most].as_i64());
        match (least, most) {
            (Some(least), Some(most)) if least == most => said.push(format!("{most}{unit}")),
            (Some(least), Some(most)) => said.push(format!("{least} to {most}{unit}")),
            (Some(least), None) => said.push(format!("at least {least}{unit}")),
            (None, Some(most)) => said.push(format!("at most {most}{unit}")),
            (None, None) => {}
        }
    };
    range("minLength", "maxLength", " characters");
    range("minimum", "maximum", "");
    range("minItems", "maxItems", " items");
    range("minProperties", "maxProperties", " members");
    if schema["uniqueItems"] == true {
        said.push("none twice".to_owned());
    }
    for limit in said {
        html.markup(before);
        html.text(&limit);
    }
}
