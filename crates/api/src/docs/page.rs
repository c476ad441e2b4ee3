//! The page as a whole: its head, its list of contents, its parts.

use serde_json::{Map, Value};

use super::html::{Html, Level};
use super::operations::{self, Components};
use super::schemas::{self, Definitions};
use crate::openapi::{Document, Paths};

/// The document as a page.
pub(super) fn render(document: &Document) -> String {
    let mut html = Html::default();
    let nothing = Definitions::new();
    let definitions = document.components["schemas"].as_object().unwrap_or(&nothing);
    head(&mut html, &document.info);
    html.markup("<div class=\"columns\">\n");
    contents(&mut html, document);
    html.markup("<main id=\"main\">\n<section class=\"intro\">\n");
    html.prose(document.info["description"].as_str().unwrap_or_default());
    html.markup("<p>The examples take the service's address from <code>DOSSIER_URL</code> and ");
    html.markup("an API key from <code>DOSSIER_KEY</code>.</p>\n</section>\n");
    for tag in tags(document) {
        html.heading(Level::Group, &anchor(tag.name), tag.name);
        html.prose(tag.description);
        for (method, path, operation) in operations_of(&document.paths, tag.name) {
            let components = Components(&document.components);
            operations::section(&mut html, (method, path), operation, components, definitions);
        }
    }
    parameters(&mut html, &document.components["parameters"], definitions);
    responses(&mut html, &document.components["responses"], definitions);
    headers(&mut html, &document.components["headers"]);
    html.heading(Level::Group, "schemas", "Schemas");
    schemas::sections(&mut html, definitions);
    html.markup("</main>\n</div>\n</body>\n</html>\n");
    html.finish()
}

struct Tag<'a> {
    name: &'a str,
    description: &'a str,
}

fn tags(document: &Document) -> impl Iterator<Item = Tag<'_>> {
    document.tags.as_array().into_iter().flatten().map(|tag| Tag {
        name: tag["name"].as_str().unwrap_or_default(),
        description: tag["description"].as_str().unwrap_or_default(),
    })
}

fn operations_of<'a>(
    paths: &'a Paths,
    tag: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    let operations = paths.0.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    });
    operations.filter(move |(_, _, operation)| operation["tags"][0] == tag)
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn head(html: &mut Html, info: &Value) {
    html.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.markup("<title>Dossier: the interface</title>\n");
    html.markup("<link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n");
    html.markup("<a class=\"skip\" href=\"#main\">Skip the contents</a>\n<header>\n<h1>");
    html.text(info["title"].as_str().unwrap_or_default());
    html.within(" <small>", info["version"].as_str().unwrap_or_default(), "</small></h1>\n<p>");
    html.text(info["summary"].as_str().unwrap_or_default());
    html.markup(" <a href=\"/openapi.json\">OpenAPI 3.1</a></p>\n</header>\n");
}

fn contents(html: &mut Html, document: &Document) {
    html.markup("<nav aria-label=\"Contents\">\n");
    for tag in tags(document) {
        html.markup("<p>");
        html.link("", &anchor(tag.name), tag.name);
        html.markup("</p>\n<ul>");
        for (_, _, operation) in operations_of(&document.paths, tag.name) {
            let text = |member: &str| operation[member].as_str().unwrap_or_default();
            html.markup("<li>");
            html.link("", text("operationId"), text("operationId"));
            html.markup("</li>\n");
        }
        html.markup("</ul>\n");
    }
    html.markup("<p>Reference</p>\n<ul>");
    for (id, name) in REFERENCE {
        html.markup("<li>");
        html.link("", id, name);
        html.markup("</li>\n");
    }
    html.markup("</ul>\n</nav>\n");
}

/// What operations share, by anchor and name.
const REFERENCE: [(&str, &str); 4] = [
    ("parameters", "Parameters"),
    ("problems", "Problems"),
    ("headers", "Headers of answers"),
    ("schemas", "Schemas"),
];

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn parameters(html: &mut Html, parameters: &Value, definitions: &Definitions) {
    html.heading(Level::Group, "parameters", "Parameters");
    html.markup("<table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr>");
    html.markup("</thead><tbody>\n");
    for (id, parameter) in members(parameters) {
        html.within("<tr id=\"parameter-", id, "\"><th scope=\"row\">");
        html.name(parameter["name"].as_str().unwrap_or_default());
        html.within(
            " <span class=\"where\">",
            parameter["in"].as_str().unwrap_or_default(),
            "</span>",
        );
        html.markup("</th><td><span class=\"type\">");
        schemas::type_of(html, &parameter["schema"], definitions);
        html.markup("</span><br>");
        html.inline(parameter["description"].as_str().unwrap_or_default());
        if let Some(example) = parameter["example"].as_str() {
            html.markup("<br>Example: ");
            html.code(example);
        }
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
}

fn responses(html: &mut Html, responses: &Value, definitions: &Definitions) {
    html.heading(Level::Group, "problems", "Problems");
    let status = |response: &Value| {
        response["content"]["application/problem+json"]["example"]["status"].as_u64().unwrap_or(0)
    };
    let mut responses: Vec<_> = members(responses).collect();
    responses.sort_by_key(|(_, response)| status(response));
    for (name, response) in responses {
        html.markup("<section>");
        let title = format!("{} {name}", status(response));
        html.heading(Level::Entry, &format!("response-{name}"), &title);
        html.prose(response["description"].as_str().unwrap_or_default());
        html.markup("<p>");
        operations::body_and_headers(html, response, definitions);
        html.markup("</p></section>\n");
    }
}

fn headers(html: &mut Html, headers: &Value) {
    html.heading(Level::Group, "headers", "Headers of answers");
    html.markup("<table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr>");
    html.markup("</thead><tbody>\n");
    for (name, header) in members(headers) {
        html.within("<tr id=\"header-", name, "\"><th scope=\"row\">");
        html.name(name);
        html.markup("</th><td>");
        html.inline(header["description"].as_str().unwrap_or_default());
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
}
