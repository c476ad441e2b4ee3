//! The schemas of answers, which are put together as text and so have no type to be taken from.

use domain::{customer, tenant};
use serde_json::{Map, Value, json};

use super::schemas::schema;

/// Adds what answers consist of, and to states what every reader gets before their own members.
pub(super) fn add(definitions: &mut Map<String, Value>) {
    add_envelope(definitions, "Customer", "A customer as it is now.");
    add_envelope(definitions, "Tenant", "A tenant as it is now.");
    add_event(definitions, "CustomerEvent", "a customer", customer::Event::NAMES);
    add_event(definitions, "TenantEvent", "a tenant", tenant::Event::NAMES);
    add_answer(definitions, "Customer");
    add_answer(definitions, "Tenant");
    let line = json!({
        "type": "object",
        "description": "The answer to one line.",
        "properties": {
            "line": {"type": "integer", "minimum": 1, "description": "Which line, counted from 1 without empty ones."},
            "status": {"type": "integer", "minimum": 200, "maximum": 599, "description": "The status that the command's own path would have answered with."},
            "replayed": {"const": true, "description": "There when the answer was kept from an earlier line under the same key."},
            "answer": {
                "anyOf": [schema("CustomerAnswer"), schema("Problem")],
                "description": "The body that the command's own path would have answered.",
            },
        },
        "required": ["line", "status", "answer"],
    });
    definitions.insert("AnswerLine".to_owned(), line);
}

fn add_envelope(definitions: &mut Map<String, Value>, name: &str, description: &str) {
    let Some(Value::Object(state)) = definitions.get_mut(name) else { return };
    state.insert("description".to_owned(), description.into());
    let envelope = json!({
        "id": {"type": "string", "format": "uuid", "description": "Its id."},
        "version": {"type": "integer", "format": "int64", "minimum": 0, "description": "How many events it has; also its `ETag`."},
        "created_at": described("Timestamp", "When its first event was recorded."),
        "created_by": {"type": "string", "description": "Who made it: `X-Actor`, or the id of the API key."},
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

fn add_event(definitions: &mut Map<String, Value>, name: &str, whose: &str, names: &[&str]) {
    let event = json!({
        "type": "object",
        "description": format!("Something that has happened to {whose}."),
        "properties": {
            "type": {"type": "string", "enum": names, "description": "What. More names may come."},
            "data": {"type": "object", "description": "The fields that changed, and nothing else."},
        },
        "required": ["type", "data"],
    });
    definitions.insert(name.to_owned(), event);
}

fn add_answer(definitions: &mut Map<String, Value>, whose: &str) {
    let committed = json!({
        "type": "object",
        "description": "An event and its place in the log.",
        "properties": {
            "version": {"type": "integer", "format": "int64", "minimum": 1, "description": "The version that it makes."},
            "position": {"type": "string", "description": "Its position in the log. Opaque."},
            "recorded_at": described("Timestamp", "When it was recorded."),
            "event": described(&format!("{whose}Event"), "What has happened."),
        },
        "required": ["version", "position", "recorded_at", "event"],
    });
    let answer = json!({
        "type": "object",
        "description": "What came of a command, or of several together.",
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "The id of what the command is about."},
            "version": {"type": "integer", "format": "int64", "minimum": 0, "description": "Its version now; as before when nothing changed."},
            "position": {"type": "string", "description": "The log's position after this, as in `Dossier-Position`. Opaque."},
            "events": {
                "type": "array",
                "items": schema(&format!("{whose}Committed")),
                "description": "What happened, in order. Empty when everything was as asked already.",
            },
            "dry_run": {"const": true, "description": "There on a dry run: nothing was stored."},
            "state": described(whose, "On a dry run: what would be."),
        },
        "required": ["id", "version", "position", "events"],
    });
    definitions.insert(format!("{whose}Committed"), committed);
    definitions.insert(format!("{whose}Answer"), answer);
}

fn described(name: &str, description: &str) -> Value {
    let mut described = schema(name);
    described["description"] = description.into();
    described
}
