//! The schemas of answers, which are put together as text and so have no type to be taken from.

use domain::customer;
use serde_json::{Map, Value, json};

use super::audit;
use super::history;
use super::schemas::schema;

/// Adds what answers consist of, and to states what every reader gets before their own members.
pub(super) fn add(definitions: &mut Map<String, Value>) {
    add_envelope(definitions, "Customer", "A customer as it is now.");
    add_envelope(definitions, "Tenant", "A tenant as it is now.");
    add_answer(definitions, "Customer");
    add_answer(definitions, "Tenant");
    let line = json!({
        "type": "object",
        "description": "The answer to one line.",
        "properties": {
            "line": {"type": "integer", "minimum": 1, "description": "Which line, counted from 1 without empty ones."},
            "status": {"type": "integer", "minimum": 200, "maximum": 599, "description": "The status that the command's own path would have answered with."},
            "replayed": {"type": "boolean", "description": "`true` if this is the stored answer to an earlier line with the same key; otherwise absent."},
            "answer": {
                "anyOf": [schema("CustomerAnswer"), schema("Problem")],
                "description": "The body that the command's own path would have answered.",
            },
        },
        "required": ["line", "status", "answer"],
    });
    definitions.insert("AnswerLine".to_owned(), line);
    let names = |names: &[&str], description: &str| json!({"type": "string", "enum": names, "description": description});
    let types = names(customer::Event::NAMES, "The type of a customer's event.");
    definitions.insert("CustomerEventType".to_owned(), types);
    let read_models: Vec<_> = store::projections::Projections::default().names().collect();
    let read_models = names(&read_models, "The name of a read model.");
    definitions.insert("ProjectionName".to_owned(), read_models);
    add_lists(definitions);
    history::add(definitions);
    audit::add_schemas(definitions);
}

/// Pages of lists, and what is on them.
fn add_lists(definitions: &mut Map<String, Value>) {
    // A schema of its own: one that takes no other members can't be a part of a larger one.
    let mut found = definitions.get("BillingConfig").cloned().unwrap_or_default();
    if let Some(required) = found["required"].as_array_mut() {
        required.push("customer_id".into());
    }
    found["description"] = "A billing configuration and the customer that has it.".into();
    found["properties"]["customer_id"] =
        json!({"type": "string", "format": "uuid", "description": "Whose it is."});
    found["properties"]["version"] = json!({"type": "integer", "format": "int64", "minimum": 1, "description": "The customer's version at which it became what it is. Absent in the past."});
    found["properties"]["changed_at"] =
        described("Timestamp", "When that was. Absent in the past.");
    definitions.insert("FoundBillingConfig".to_owned(), found);
    let link = json!({
        "type": "object",
        "description": "A time during which a customer held an id in another system.",
        "properties": {
            "customer_id": {"type": "string", "format": "uuid", "description": "The customer."},
            "entity_type": {"type": "string", "description": "What the customer is there."},
            "from_version": {"type": "integer", "format": "int64", "minimum": 1, "description": "The customer's version from which on it was so."},
            "from": described("Timestamp", "Since when."),
            "actor": {"type": "string", "description": "Who said so."},
            "until_version": {"type": "integer", "format": "int64", "minimum": 1, "description": "The customer's version from which on it was no longer so, or was mapped anew; absent while it is."},
            "until": described("Timestamp", "Until when; absent while it is so."),
        },
        "required": ["customer_id", "from_version", "from", "actor"],
    });
    definitions.insert("IntegrationLink".to_owned(), link);
    let profiles = json!({
        "type": "object",
        "description": "How a customer pays.",
        "properties": {
            "items": {"type": "array", "items": schema("PaymentProfile"), "description": "All profiles, in the order in which they were attached."},
            "default_payment_profile_id": {"type": "string", "description": "The one that pays unless told otherwise; absent means none."},
            "auto_pay": {"type": "boolean", "description": "Whether invoices are paid with the default unasked."},
        },
        "required": ["items", "auto_pay"],
    });
    definitions.insert("PaymentProfiles".to_owned(), profiles);
    for (page, item) in [
        ("CustomerPage", "Customer"),
        ("BillingConfigPage", "FoundBillingConfig"),
        ("IntegrationLinkPage", "IntegrationLink"),
        ("EventPage", "RecordedEvent"),
        ("ChangePage", "Change"),
    ] {
        let page_of = json!({
            "type": "object",
            "description": "A page of a list.",
            "properties": {
                "items": {"type": "array", "items": schema(item), "description": "What is on it, in the list's order."},
                "next_cursor": {"type": "string", "description": "Leads to the next page; absent on the last. Opaque, and good for this list with these parameters only."},
            },
            "required": ["items"],
        });
        definitions.insert(page.to_owned(), page_of);
    }
}

fn add_envelope(definitions: &mut Map<String, Value>, name: &str, description: &str) {
    let Some(Value::Object(state)) = definitions.get_mut(name) else { return };
    state.insert("description".to_owned(), description.into());
    let envelope = json!({
        "id": {"type": "string", "format": "uuid", "description": "Its id."},
        "version": {"type": "integer", "format": "int64", "minimum": 0, "description": "How many events it has; also its `ETag`."},
        "created_at": described("Timestamp", "When its first event was recorded."),
        "created_by": {"type": "string", "description": "On whose behalf it was made: `X-Actor`, as the caller claimed; without it the id of the API key, 16 hexadecimal digits, which no `X-Actor` can be."},
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
            "dry_run": {"type": "boolean", "description": "`true` on a dry run, which stores nothing; otherwise absent."},
            "state": described(whose, "On a dry run: what would be. Absent without the scope `read`."),
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
