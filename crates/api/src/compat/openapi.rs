//! A surface's own OpenAPI document: its endpoints, and objects made of its tables and the domain's
//! schemas.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::Surface;
use super::members::{Form, Member};
use crate::fixed::Fixed;
use crate::openapi::definitions;

/// What a surface has, as its document tells it.
#[derive(Debug)]
pub(crate) struct Description {
    /// The system whose API it is.
    pub(crate) title: &'static str,
    /// Every endpoint, in the order of the documents.
    pub(crate) endpoints: &'static [Endpoint],
    /// Objects by their names, made of the surface's tables.
    pub(crate) objects: &'static [Object],
    /// Schemas that no table says: lists, envelopes, failures. One is called `Failure`.
    pub(crate) schemas: fn() -> Value,
}

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// Below the surface's base.
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    /// Parameters of the query, and what each says.
    pub(crate) query: &'static [(&'static str, &'static str)],
    /// The schema of its body.
    pub(crate) body: Option<&'static str>,
    pub(crate) status: u16,
    /// The schema of its answer; nothing when that has no body.
    pub(crate) answer: Option<&'static str>,
}

impl Endpoint {
    /// An endpoint that takes nothing and answers 200 without a body.
    pub(crate) const fn new(
        method: &'static str,
        path: &'static str,
        summary: &'static str,
    ) -> Self {
        Self { method, path, summary, query: &[], body: None, status: 200, answer: None }
    }

    /// With these parameters in its query.
    pub(crate) const fn asking(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// With a body of this schema.
    pub(crate) const fn taking(self, schema: &'static str) -> Self {
        Self { body: Some(schema), ..self }
    }

    /// Answering with this schema.
    pub(crate) const fn telling(self, schema: &'static str) -> Self {
        Self { answer: Some(schema), ..self }
    }

    /// Answering with this status when all is well.
    pub(crate) const fn with(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// An object that tables describe.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: &'static str,
    /// Whether it is sent by callers; else it is answered.
    pub(crate) sent: bool,
    /// What a body must have.
    pub(crate) required: &'static [&'static str],
    /// The object in our document of which it is made: `Customer`, or the type of an item.
    pub(crate) of: &'static str,
    pub(crate) tables: &'static [&'static [Member]],
}

impl Object {
    /// An object that callers send, with what it must have.
    pub(crate) const fn sent(
        name: &'static str,
        of: &'static str,
        tables: &'static [&'static [Member]],
        required: &'static [&'static str],
    ) -> Self {
        Self { name, sent: true, required, of, tables }
    }

    /// An object in answers: all of its members are always there.
    pub(crate) const fn told(
        name: &'static str,
        of: &'static str,
        tables: &'static [&'static [Member]],
    ) -> Self {
        Self { name, sent: false, required: &[], of, tables }
    }
}

/// `GET /openapi.json` of a surface.
pub(crate) fn serve(surface: &'static Surface, kept: &Fixed, request: &HeaderMap) -> Response {
    kept.answer(request, [(header::CONTENT_TYPE, "application/json")], || {
        // Maps under texts always become JSON.
        serde_json::to_string_pretty(&document(surface)).unwrap_or_default()
    })
}

/// The whole document.
pub(crate) fn document(surface: &Surface) -> Value {
    let Description { title, endpoints, objects, schemas } = (surface.describe)();
    let known = Definitions(definitions());
    let mut all = Map::new();
    for Object { name, sent, required, of, tables } in *objects {
        let root = known.0.get(*of).cloned().unwrap_or_default();
        let properties: Map<String, Value> =
            tables.iter().flat_map(|table| known.properties(table, *sent, &root)).collect();
        let names: Vec<_> = properties.keys().cloned().collect();
        let required = if *sent { json!(required) } else { json!(names) };
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
            "description": format!("The customer API of {title}, answered by Dossier."),
        },
        "servers": [{"url": format!("/compat/{}", surface.name)}],
        "security": [security(surface)],
        "paths": paths,
        "components": {"schemas": all, "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }},
    })
}

fn security(surface: &Surface) -> Value {
    if surface.bearer { json!({"bearer": []}) } else { json!({"key": []}) }
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
    let failure = json!({"description": "It can't be done.", "content": schema("Failure")});
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
struct Definitions(Map<String, Value>);

impl Definitions {
    /// The members of a table, each with the schema that its value has with us.
    fn properties(&self, table: &[Member], sent: bool, of: &Value) -> Map<String, Value> {
        let members = table.iter().filter(|member| member.goes(sent));
        let properties = members.map(|member| {
            let ours = self.at(of, member.ours);
            let schema = match member.form {
                Form::Same | Form::Code => self.inlined(&ours),
                Form::Id(_) => json!({"type": "string"}),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::SURFACES;

    /// A table that points where our documents have nothing would never show anything.
    #[test]
    fn every_member_of_every_table_is_somewhere_in_our_documents() {
        let known = Definitions(definitions());
        for object in SURFACES.iter().flat_map(|surface| (surface.describe)().objects) {
            let root = known.0.get(object.of).expect(object.of);
            for member in object.tables.iter().flat_map(|table| table.iter()) {
                check(&known, root, member, object.name);
            }
        }
    }

    fn check(known: &Definitions, of: &Value, member: &Member, object: &str) {
        let ours = known.at(of, member.ours);
        assert!(!ours.is_null(), "{object}: {} at {}", member.theirs, member.ours);
        let (inner, of): (&[Member], Value) = match member.form {
            Form::Group(table) => (table, ours),
            Form::Each(table) => (table, known.at(&ours, "/items")),
            Form::Same | Form::Id(_) | Form::Word(_) | Form::Decimal | Form::Code => {
                (&[], Value::Null)
            }
        };
        for inner in inner {
            check(known, &of, inner, object);
        }
    }

    #[test]
    fn every_endpoint_is_told_of_in_the_page_about_the_surfaces() {
        let page = include_str!("../../../../docs/compat.md");
        for surface in SURFACES {
            let title = (surface.describe)().title;
            let section = page.split("\n## ").find(|section| section.starts_with(title));
            let section = section.expect(title);
            for Endpoint { method, path, .. } in (surface.describe)().endpoints {
                let named = format!("| `{} {path}` |", method.to_uppercase());
                assert!(section.contains(&named), "{title}: {named}");
            }
        }
    }

    #[test]
    fn what_a_refusal_is_about_is_somewhere_in_our_documents() {
        let known = Definitions(definitions());
        let customer = known.0.get("Customer").expect("customers");
        for member in domain::customer::Refusal::ALL.iter().filter_map(|why| why.member()) {
            assert!(!known.at(customer, member).is_null(), "{member}");
        }
    }

    #[test]
    fn every_schema_that_a_document_refers_to_is_in_it() {
        for surface in SURFACES {
            let document = document(surface);
            let text = document.to_string();
            for reference in text.split("#/components/schemas/").skip(1) {
                let name = reference.split('"').next().expect("a name");
                let known = document["components"]["schemas"].get(name);
                assert!(known.is_some(), "{}: {name}", surface.name);
            }
        }
    }
}
