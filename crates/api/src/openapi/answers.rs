//! The schemas of answers that are assembled as text, so that no type has them.

use domain::{customer, tenant};
use serde_json::{Map, Value, json};

use super::parts::schema;

/// Adds what answers consist of, and to states what every reader gets before their own members.
pub(super) fn add(definitions: &mut Map<String, Value>) {
    add_envelope(definitions, "Customer", "A customer.");
    add_envelope(definitions, "Tenant", "A tenant.");
    add_answer(definitions, "Customer");
    add_answer(definitions, "Tenant");
    let line = json!({
        "type": "object",
        "description": "The answer to one line.",
        "properties": {
            "line": {"type": "integer", "minimum": 1, "description": "The number of the line, from 1. Empty lines don't count."},
            "status": {"type": "integer", "minimum": 200, "maximum": 599, "description": "The status that the command's own path would return."},
            "replayed": {"type": "boolean", "description": "`true` if this is the stored answer to an earlier line with the same key; otherwise absent."},
            "answer": {
                "anyOf": [schema("CustomerAnswer"), schema("Problem")],
                "description": "The body that the command's own path would return.",
            },
        },
        "required": ["line", "status", "answer"],
    });
    definitions.insert("AnswerLine".to_owned(), line);
    let mut event_types = [customer::Event::NAMES, tenant::Event::NAMES].concat();
    event_types.sort_unstable();
    let read_models: Vec<_> = store::projections::Projections::default().names().collect();
    for (name, names, description) in [
        ("EventType", &*event_types, "The type of an event."),
        ("CustomerEventType", customer::Event::NAMES, "The type of a customer's event."),
        ("ProjectionName", &read_models, "The name of a read model."),
    ] {
        let names = json!({"type": "string", "enum": names, "description": description});
        definitions.insert(name.to_owned(), names);
    }
}

/// The schema of a page of a list.
pub(super) fn page(item: &Value) -> Value {
    json!({
        "type": "object",
        "description": "A page of a list.",
        "properties": {
            "items": {"type": "array", "items": item, "description": "The items, in the order of the list."},
            "next_cursor": {"type": "string", "description": "Reads the next page. Absent on the last page. Opaque; valid only for this list with the same parameters."},
        },
        "required": ["items"],
    })
}

fn add_envelope(definitions: &mut Map<String, Value>, name: &str, description: &str) {
    let Some(Value::Object(state)) = definitions.get_mut(name) else { return };
    state.insert("description".to_owned(), description.into());
    let envelope = json!({
        "id": {"type": "string", "format": "uuid", "description": "Its id."},
        "version": {"type": "integer", "format": "int64", "minimum": 0, "description": "The number of its events. Also its `ETag`."},
        "created_at": described("Timestamp", "When its first event was recorded."),
        "created_by": {"type": "string", "description": "Who created it: `X-Actor`, as the caller claimed. Without it, the id of the API key: 16 hexadecimal digits, which `X-Actor` can't be."},
        "updated_at": described("Timestamp", "When its latest event was recorded."),
        "updated_by": {"type": "string", "description": "Who changed it last."},
    });
    let Value::Object(mut envelope) = envelope else { return };
    if let Some(Value::Array(required)) = state.get_mut("required") {
        required.extend(envelope.keys().map(|name| name.as_str().into()));
    }
    if let Some(Value::Object(properties)) = state.get_mut("properties") {
        properties.append(&mut envelope);
    }
}

fn add_answer(definitions: &mut Map<String, Value>, whose: &str) {
    let committed = json!({
        "type": "object",
        "description": "An event and its position in the log.",
        "properties": {
            "version": {"type": "integer", "format": "int64", "minimum": 1, "description": "The version that it created."},
            "position": {"type": "string", "description": "Its position in the log. Opaque."},
            "recorded_at": described("Timestamp", "When it was recorded."),
            "event": described(&format!("{whose}Event"), "The event."),
        },
        "required": ["version", "position", "recorded_at", "event"],
    });
    let answer = json!({
        "type": "object",
        "description": "The result of a command, or of several together.",
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "The id of the customer or tenant."},
            "version": {"type": "integer", "format": "int64", "minimum": 0, "description": "Its version now. If nothing changed, the same as before."},
            "position": {"type": "string", "description": "The log's position after this, as in `Dossier-Position`. Opaque."},
            "events": {
                "type": "array",
                "items": schema(&format!("{whose}Committed")),
                "description": "The events, in order. Empty if nothing changed.",
            },
            "dry_run": {"type": "boolean", "description": "`true` on a dry run, which stores nothing; otherwise absent."},
            "state": described(whose, "On a dry run: the resulting state. Absent without the scope `read`."),
        },
        "required": ["id", "version", "position", "events"],
    });
    definitions.insert(format!("{whose}Committed"), committed);
    definitions.insert(format!("{whose}Answer"), answer);
}

pub(super) fn described(name: &str, description: &str) -> Value {
    let mut described = schema(name);
    described["description"] = description.into();
    described
}
