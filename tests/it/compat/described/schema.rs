//! As much of JSON Schema as the vendors' documents use, read strictly: an object has no other members than those
//! that are described.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The schemas of a document, by name.
pub(super) struct Schemas<'a>(pub(super) &'a Value);

/// What all parts of a schema say of an object.
#[derive(Default)]
struct Shape<'a> {
    properties: BTreeMap<&'a str, Vec<&'a Value>>,
    required: BTreeSet<&'a str>,
    /// The alternatives of each part, of which one must be met.
    choices: Vec<&'a [Value]>,
    parts: Vec<&'a Value>,
}

impl<'a> Schemas<'a> {
    fn shape(&self, schema: &'a Value) -> Shape<'a>
    where
        Self: 'a,
    {
        let mut shape = Shape::default();
        self.add(schema, &mut shape);
        shape
    }

    fn add(&self, schema: &'a Value, shape: &mut Shape<'a>) {
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            assert!(!self.0[name].is_null(), "{name} is in the document");
            return self.add(&self.0[name], shape);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(part, shape);
        }
        for choice in ["anyOf", "oneOf"] {
            shape.choices.extend(schema[choice].as_array().map(Vec::as_slice));
        }
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            shape.properties.entry(name).or_default().push(value);
        }
        let required = schema["required"].as_array().into_iter().flatten();
        shape.required.extend(required.filter_map(Value::as_str));
        shape.parts.push(schema);
    }

    /// The members that a body must have.
    pub(super) fn required(&self, schema: &'a Value) -> Vec<String> {
        self.shape(schema).required.into_iter().map(str::to_owned).collect()
    }

    /// What a value has that its schema does not allow, by JSON pointers.
    pub(super) fn violations(&self, schema: &'a Value, value: &Value) -> Vec<String> {
        let shape = self.shape(schema);
        let mut found = Vec::new();
        for part in &shape.parts {
            if !is_of_type(&part["type"], value) {
                found.push(format!(" is not {}", part["type"]));
            }
            if part["enum"].as_array().is_some_and(|known| !known.contains(value)) {
                found.push(format!(" is not one of {}", part["enum"]));
            }
            if part.get("const").is_some_and(|known| known != value) {
                found.push(format!(" is not {}", part["const"]));
            }
            if let (Value::Array(items), true) = (value, part["items"].is_object()) {
                for (nth, item) in items.iter().enumerate() {
                    found.extend(under(&nth.to_string(), self.violations(&part["items"], item)));
                }
            }
            if let (Value::Object(members), true) =
                (value, part["additionalProperties"].is_object())
            {
                for (name, member) in members {
                    let wrong = self.violations(&part["additionalProperties"], member);
                    found.extend(under(name, wrong));
                }
            }
        }
        for choices in &shape.choices {
            let tried = choices.iter().map(|choice| self.violations(choice, value));
            let least = tried.min_by_key(Vec::len).unwrap_or_default();
            found.extend(least);
        }
        if let Value::Object(members) = value {
            let lacks = shape.required.iter().filter(|name| !members.contains_key(**name));
            found.extend(lacks.map(|name| format!("/{name} is not there")));
            for (name, member) in members {
                match shape.properties.get(name.as_str()) {
                    Some(schemas) => {
                        let wrong =
                            schemas.iter().flat_map(|schema| self.violations(schema, member));
                        found.extend(under(name, wrong.collect()));
                    }
                    None if shape.properties.is_empty() => {}
                    None => found.push(format!("/{name} is not described")),
                }
            }
        }
        found
    }

    /// The described members that a body does not have. Of lists, one item must have each.
    pub(super) fn missing(&self, schema: &'a Value, value: &Value) -> Vec<String> {
        let shape = self.shape(schema);
        let mut missing = Vec::new();
        for choices in &shape.choices {
            let of_value =
                choices.iter().filter(|choice| self.violations(choice, value).is_empty());
            missing.extend(of_value.take(1).flat_map(|choice| self.missing(choice, value)));
        }
        if let Value::Object(members) = value {
            for (name, schemas) in &shape.properties {
                let Some(member) = members.get(*name) else {
                    missing.push(format!("/{name}"));
                    continue;
                };
                let inner = schemas.iter().flat_map(|schema| self.missing(schema, member));
                missing.extend(under(name, inner.collect()));
            }
        }
        if let Value::Array(items) = value {
            for part in shape.parts.iter().filter(|part| part["items"].is_object()) {
                let each = items.iter().map(|item| {
                    self.missing(&part["items"], item).into_iter().collect::<BTreeSet<_>>()
                });
                let all = each.reduce(|one, other| one.intersection(&other).cloned().collect());
                missing.extend(under("*", all.into_iter().flatten().collect()));
            }
        }
        missing
    }
}

/// The body with what is required alone, one for each choice of it.
pub(super) fn least(schemas: &Schemas, schema: &Value, full: &Value) -> Vec<Value> {
    let choices: Vec<_> = schemas
        .shape(schema)
        .choices
        .into_iter()
        .flatten()
        .filter_map(|choice| choice["required"][0].as_str())
        .map(str::to_owned)
        .collect();
    let least = pruned(schemas, schema, full);
    if choices.is_empty() {
        return vec![least];
    }
    let with = |name: &String| {
        let mut body = choices.iter().fold(least.clone(), |body, other| without(&body, other));
        body[name] = full[name].clone();
        body
    };
    choices.iter().map(with).collect()
}

fn pruned(schemas: &Schemas, schema: &Value, value: &Value) -> Value {
    let shape = schemas.shape(schema);
    let is_met = |choice: &&Value| schemas.violations(choice, value).is_empty();
    let choice = shape.choices.iter().copied().flatten().find(is_met);
    if let (Some(choice), true) = (choice, shape.properties.is_empty()) {
        return pruned(schemas, choice, value);
    }
    match value {
        Value::Object(members) if !shape.properties.is_empty() => {
            let chosen = choice.and_then(|choice| choice["required"][0].as_str());
            let kept = members.iter().filter(|(name, _)| {
                shape.required.contains(name.as_str()) || chosen == Some(name.as_str())
            });
            let kept = kept.map(|(name, member)| {
                let of = shape.properties.get(name.as_str()).and_then(|schemas| schemas.last());
                (name.clone(), of.map_or(member.clone(), |of| pruned(schemas, of, member)))
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let of = shape.parts.iter().find(|part| part["items"].is_object());
            let first = items
                .first()
                .map(|item| of.map_or(item.clone(), |part| pruned(schemas, &part["items"], item)));
            first.into_iter().collect()
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            value.clone()
        }
    }
}

/// The body without a member.
pub(super) fn without(body: &Value, name: &str) -> Value {
    let mut body = body.clone();
    if let Value::Object(members) = &mut body {
        members.remove(name);
    }
    body
}

fn under(name: &str, found: Vec<String>) -> Vec<String> {
    found.into_iter().map(|wrong| format!("/{name}{wrong}")).collect()
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    if let Value::Array(kinds) = kind {
        return kinds.iter().filter_map(Value::as_str).any(is);
    }
    kind.as_str().is_none_or(is)
}

#[test]
fn an_object_with_another_member_or_without_a_required_one_is_not_as_described() {
    let document = json!({
        "Part": {"type": "object", "properties": {"a": {"type": "string"}}},
        "Whole": {"allOf": [
            {"$ref": "#/components/schemas/Part"},
            {"type": "object", "properties": {"b": {"anyOf": [
                {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}, {"type": "null"},
            ]}}, "required": ["a"]},
        ]},
    });
    let (schemas, whole) = (Schemas(&document), &document["Whole"]);
    let found = |value| schemas.violations(whole, &value);
    assert_eq!(found(json!({"a": "", "b": [{"a": ""}]})), Vec::<String>::new());
    assert_eq!(found(json!({"a": 1, "b": null})), [r#"/a is not "string""#]);
    assert_eq!(found(json!({"b": null, "c": 1})), ["/a is not there", "/c is not described"]);
    assert_eq!(found(json!({"a": "", "b": [{"d": 1}]})), ["/b/0/d is not described"]);
    assert_eq!(schemas.missing(whole, &json!({"a": ""})), ["/b"]);
    assert_eq!(schemas.missing(whole, &json!({"a": "", "b": [{}]})), ["/b/*/a"]);
    assert_eq!(least(&schemas, whole, &json!({"a": "", "b": [{}]})), [json!({"a": ""})]);
}
