//! A surface's own OpenAPI document: its endpoints, and objects made of its tables and the schemas of our
//! own documents.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use http::fixed::Fixed;
use serde_json::{Map, Value, json};

use crate::description::{Description, Endpoint, Object};
use crate::members::{Form, Member};
use crate::surface::Surface;

/// Makes the schemas of our own documents, by name.
pub type Definitions = fn() -> Map<String, Value>;

/// `GET /openapi.json` of a surface.
pub(crate) fn serve(
    surface: &'static Surface,
    definitions: Definitions,
    kept: &Fixed,
    request: &HeaderMap,
) -> Response {
    kept.answer(request, [(header::CONTENT_TYPE, "application/json")], || {
        // Maps under texts always become JSON.
        serde_json::to_string_pretty(&document(surface, definitions())).unwrap_or_default()
    })
}

/// The whole document.
pub(crate) fn document(surface: &Surface, definitions: Map<String, Value>) -> Value {
    let Description { title, endpoints, objects, schemas } = (surface.describe)();
    let known = Known(definitions);
    let mut all = Map::new();
    for Object { name, sent, required, of, tables } in *objects {
        let root = known.0.get(*of).cloned().unwrap_or_default();
        let properties: Map<String, Value> =
            tables.iter().flat_map(|table| known.properties(table, *sent, &root)).collect();
        let names: Vec<_> = properties.keys().cloned().collect();
        let required = required.map_or_else(|| json!(names), |required| json!(required));
        let object = json!({"type": "object", "properties": properties, "required": required});
        all.insert((*name).to_owned(), object);
    }
    if let Value::Object(mut further) = schemas() {
        all.append(&mut further);
    }
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in *endpoints {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Dossier, as {title}"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("Dossier's implementation of the customer API of {title}."),
        },
        "servers": [{"url": format!("/compat/{}", surface.origin.name)}],
        "security": [security(surface)],
        "paths": paths,
        "components": {"schemas": all, "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }},
    })
}

fn security(surface: &Surface) -> Value {
    if surface.origin.bearer { json!({"bearer": []}) } else { json!({"key": []}) }
}

fn operation(endpoint: &Endpoint) -> Value {
    let schema = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"application/json": {"schema": schema}})
    };
    let in_path = endpoint.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let in_query = endpoint.query.iter().map(|(name, description)| {
        json!({"name": name, "in": "query", "description": description, "schema": {"type": "string"}})
    });
    let mut success = json!({"description": "Done."});
    if let Some(name) = endpoint.answer {
        success["content"] = schema(name);
    }
    let failure = json!({"description": "The request failed.", "content": schema("Failure")});
    let mut operation = json!({
        "summary": endpoint.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": {endpoint.status.to_string(): success, "default": failure},
    });
    if let Some(name) = endpoint.body {
        operation["requestBody"] = json!({"required": true, "content": schema(name)});
    }
    operation
}

/// The schemas of our own documents.
pub(crate) struct Known(pub(crate) Map<String, Value>);

impl Known {
    /// The members of a table, each with the schema that its value has with us.
    fn properties(&self, table: &[Member], sent: bool, of: &Value) -> Map<String, Value> {
        let members = table.iter().filter(|member| member.goes(sent));
        let properties = members.map(|member| {
            let ours = self.at(of, member.ours);
            let schema = match member.form {
                Form::Same | Form::Code | Form::Time | Form::Second => self.inlined(&ours),
                Form::Id(_) | Form::Unknown => json!({"type": "string"}),
                Form::Day => json!({"type": "string", "format": "date"}),
                Form::Texts => {
                    json!({"type": "object", "additionalProperties": {"type": "string"}})
                }
                Form::Word(words) => {
                    let words: Vec<_> = words.iter().map(|(theirs, _)| *theirs).collect();
                    json!({"type": "string", "enum": words})
                }
                Form::Decimal => json!({"type": "number"}),
                Form::Group(table) => {
                    json!({"type": "object", "properties": self.properties(table, sent, &ours)})
                }
                Form::Each(table) => {
                    let item = self.at(&ours, "/items");
                    let item = self.properties(table, sent, &item);
                    json!({"type": "array", "items": {"type": "object", "properties": item}})
                }
            };
            (member.theirs.to_owned(), json!({"anyOf": [schema, {"type": "null"}]}))
        });
        properties.collect()
    }

    /// The schema at a pointer into documents of schema `of`; `null` when they have no such place.
    pub(crate) fn at(&self, of: &Value, pointer: &str) -> Value {
        let mut schema = self.followed(of);
        for name in pointer.split('/').skip(1) {
            let inner = if name == "items" && schema["type"] == "array" {
                schema.get("items")
            } else {
                schema.get("properties").and_then(|properties| properties.get(name))
            };
            schema = self.followed(inner.unwrap_or(&Value::Null));
        }
        schema
    }

    /// The schema itself where this is a reference to one.
    fn followed(&self, schema: &Value) -> Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|reference| reference.rsplit('/').next());
        name.and_then(|name| self.0.get(name)).unwrap_or(schema).clone()
    }

    /// The schema with all that it refers to.
    fn inlined(&self, schema: &Value) -> Value {
        match self.followed(schema) {
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.inlined(value))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.inlined(item)).collect(),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
        }
    }
}
