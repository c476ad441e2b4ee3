//! One section an operation: what it does, what it takes, how to try it, what comes back.

use serde_json::Value;

use super::curl;
use super::html::{Html, Level};
use super::schemas::{self, Definitions};
use crate::openapi::{ALTERNATIVES, ITEM_SCHEMA};

/// What references of the document lead to.
#[derive(Clone, Copy)]
pub(super) struct Components<'a>(pub(super) &'a Value);

impl<'a> Components<'a> {
    /// The part that `value` refers to, with its name; else `value` itself.
    fn follow(self, value: &'a Value) -> (Option<&'a str>, &'a Value) {
        let path = value["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/"));
        let Some((kind, name)) = path.and_then(|path| path.split_once('/')) else {
            return (None, value);
        };
        (Some(name), &self.0[kind][name])
    }
}

pub(super) fn section(
    html: &mut Html,
    (method, path): (&str, &str),
    operation: &Value,
    components: Components<'_>,
    definitions: &Definitions,
) {
    let text = |member: &str| operation[member].as_str().unwrap_or_default();
    html.markup("<section class=\"operation\">");
    html.heading(Level::Entry, text("operationId"), text("summary"));
    html.within("<p class=\"route\"><b>", &method.to_uppercase(), "</b> ");
    html.code(path);
    html.markup("</p>\n");
    html.prose(text("description"));
    parameters(html, operation, components);
    request(html, operation, definitions);
    html.markup("<h4>Try it</h4>\n");
    listing(html, &curl::line(method, path, operation));
    responses(html, operation, components, definitions);
    html.markup("</section>\n");
}

/// Text to be copied. It may be wider than the screen, so the keyboard can scroll it.
fn listing(html: &mut Html, text: &str) {
    html.within("<pre tabindex=\"0\"><code>", text, "</code></pre>\n");
}

/// The parameters by where they are; each is described once, further down.
fn parameters(html: &mut Html, operation: &Value, components: Components<'_>) {
    let Some(parameters) = operation["parameters"].as_array() else { return };
    html.markup("<h4>Parameters</h4>\n<ul class=\"parameters\">");
    for (place, called) in [("path", "Path"), ("query", "Query"), ("header", "Headers")] {
        let followed = parameters.iter().map(|parameter| components.follow(parameter));
        let here = followed.filter(|(_, parameter)| parameter["in"] == place);
        for (nth, (name, parameter)) in here.enumerate() {
            if nth == 0 {
                html.within("<li>", called, ": ");
            } else {
                html.markup(", ");
            }
            let text = parameter["name"].as_str().unwrap_or_default();
            html.link("parameter-", name.unwrap_or_default(), text);
        }
    }
    html.markup("</ul>\n");
}

fn request(html: &mut Html, operation: &Value, definitions: &Definitions) {
    let Some(content) = operation["requestBody"]["content"].as_object() else { return };
    for (content_type, content) in content {
        html.markup("<h4>Body</h4>\n<p>");
        html.code(content_type);
        let Some(name) = schemas::name_of(schema_of(content)) else {
            html.markup("</p>\n");
            continue;
        };
        html.markup(": ");
        html.link("schema-", name, name);
        html.markup("</p>\n");
        let Some(schema) = definitions.get(name) else { continue };
        if schema["properties"].is_object() || schema["oneOf"].is_array() {
            schemas::body(html, name, schema, definitions);
        } else {
            html.markup("<p>An object without members.</p>\n");
        }
    }
}

fn responses(
    html: &mut Html,
    operation: &Value,
    components: Components<'_>,
    definitions: &Definitions,
) {
    let Some(responses) = operation["responses"].as_object() else { return };
    html.markup("<h4>Responses</h4>\n<table><thead><tr><th scope=\"col\">Status</th>");
    html.markup("<th scope=\"col\">Meaning</th></tr></thead><tbody>\n");
    let mut examples = Vec::new();
    for (status, response) in responses {
        let (name, response) = components.follow(response);
        html.within("<tr><th scope=\"row\">", status, "</th><td>");
        let description = response["description"].as_str().unwrap_or_default();
        html.inline(description.split("\n\n").next().unwrap_or_default());
        if let Some(name) = name {
            html.markup(" ");
            html.link("response-", name, name);
        } else {
            html.markup("<br>");
            body_and_headers(html, response, definitions);
            examples.extend(example(response).map(|example| (status, example)));
        }
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
    for (status, example) in examples {
        html.within("<details><summary>Example of ", status, "</summary>\n");
        listing(html, &serde_json::to_string_pretty(example).unwrap_or_default());
        html.markup("</details>\n");
    }
}

/// What a response consists of, in two lines.
pub(super) fn body_and_headers(html: &mut Html, response: &Value, definitions: &Definitions) {
    let bodies = [&response["content"], &response[ALTERNATIVES]];
    for (content_type, content) in bodies.into_iter().filter_map(Value::as_object).flatten() {
        html.markup("Body: ");
        html.code(content_type);
        let schema = schema_of(content);
        if schemas::name_of(schema).is_some() {
            html.markup(", ");
            schemas::type_of(html, schema, definitions);
        }
        html.markup("<br>");
    }
    let headers = response["headers"].as_object().into_iter().flat_map(|headers| headers.keys());
    for (nth, name) in headers.enumerate() {
        html.markup(if nth == 0 { "Headers: " } else { ", " });
        html.link("header-", name, name);
    }
}

/// The schema of a body, or of each of its lines.
fn schema_of(content: &Value) -> &Value {
    content.get(ITEM_SCHEMA).unwrap_or(&content["schema"])
}

fn example(response: &Value) -> Option<&Value> {
    let (_, content) = response["content"].as_object()?.iter().next()?;
    content.get("example")
}
