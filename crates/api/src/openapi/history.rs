//! The operations that tell a customer's history, and the schemas of what they answer.

use serde_json::{Map, Value, json};

use super::about::HISTORY;
use super::examples;
use super::lists::LIST_PROBLEMS;
use super::operation::Operation;
use super::parameters::{AT_LEAST, MOMENT, PART, REF, SPAN, TOLD, UNLESS_KNOWN};
use super::responses::{header_references, json_response, with_exports};
use super::schemas::schema;
use crate::columns;

/// What a history can be answered with, beside success and what any request can.
const PROBLEMS: [u16; 6] = [401, 403, 404, 429, 500, 503];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![
        ("/v1/customers/{ref}/events", list_events()),
        ("/v1/customers/{ref}/changes", list_changes()),
        ("/v1/customers/{ref}/diff", get_diff()),
        ("/v1/customers/{ref}/blame", get_blame()),
    ]
}

fn list_events() -> Operation {
    let found = json_response("The customer's events.", "EventPage", &[], examples::events());
    let found = with_exports(found, "RecordedEvent", columns::EVENTS);
    history("listEvents", "Lists the events of a customer", found)
        .description("Each event has its actor, reason and other metadata. Always current. With `type`, a page looks at 10,000 versions at most, so it may have fewer items than `limit`, even none, and still have a `next_cursor`. Needs the scope `audit`.")
        .parameters(&SPAN)
        .parameters(&PART)
        .problems(&LIST_PROBLEMS)
}

fn list_changes() -> Operation {
    let found =
        json_response("The changes.", "ChangePage", &["Dossier-Position"], examples::changes());
    let found = with_exports(found, "Change", columns::CHANGES);
    history("listChanges", "Lists the changes of a customer, field by field", found)
        .description("Changes of one event are sorted by field. The list lags the log by a moment. With `field`, `actor` or `type`, a page looks at 10,000 versions at most, so it may have fewer items than `limit`, even none, and still have a `next_cursor`. Needs the scope `audit`.")
        .parameters(&["ChangedField", "ChangedBy"])
        .parameters(&SPAN)
        .parameters(&PART)
        .parameters(&[AT_LEAST])
        .problems(&LIST_PROBLEMS)
}

fn get_diff() -> Operation {
    let found = json_response("The differences.", "Diff", &[], examples::diff());
    history("getDiff", "Compares two states of a customer", found)
        .description("`changes` has the differences field by field. `patch` turns the document of `from` into the document of `to`. Needs the scope `audit`.")
        .parameters(&["DiffFrom", "DiffTo"])
}

fn get_blame() -> Operation {
    let unchanged = json!({
        "description": "The caller has the current version.",
        "headers": header_references(&["ETag"]),
    });
    let found = json_response("The customer's fields.", "Blame", &["ETag"], examples::blame());
    history("getBlame", "Shows who set each field of a customer, and why", found)
        .description(
            "For each field: its value and the event that set it. Needs the scope `audit`.",
        )
        .parameters(&MOMENT)
        .parameters(&[UNLESS_KNOWN])
        .response(304, unchanged)
}

fn history(id: &str, summary: &str, found: Value) -> Operation {
    Operation::new(id, HISTORY, summary)
        .parameters(&[REF])
        .parameters(&TOLD)
        .response(200, found)
        .problems(&PROBLEMS)
}

/// Adds the schemas.
pub(super) fn add(definitions: &mut Map<String, Value>) {
    definitions.insert("RecordedEvent".to_owned(), recorded_event());
    let value = |description: &str| json!({"description": description});
    let field = text(
        "Which: a JSON pointer into the customer's document. Members of lists that have an id go by it, integrations by type and id.",
    );
    let changed = [
        ("field", field),
        ("old", value("What it was, as JSON; absent when it wasn't there.")),
        ("new", value("What it became, as JSON; absent when it went.")),
    ];
    definitions.insert(
        "Change".to_owned(),
        object("A field that an event changed.", changed.iter().cloned().chain(by()), &["field"]),
    );
    definitions.insert(
        "FieldDifference".to_owned(),
        object("A field that differs.", changed.iter().cloned(), &["field"]),
    );
    let blamed =
        [changed[0].clone(), ("value", value("What it is, as JSON."))].into_iter().chain(by());
    definitions.insert(
        "BlamedField".to_owned(),
        object("A field, and the event that set it.", blamed, &["field", "value"]),
    );
    let fields = list("BlamedField", "All fields that it has, in the order of the document.");
    let blame = [("customer_id", id()), ("version", version()), ("fields", fields)];
    definitions.insert(
        "Blame".to_owned(),
        object("Why a customer is as it is.", blame, &["customer_id", "version", "fields"]),
    );
    let side = [
        ("version", version()),
        ("recorded_at", described("Timestamp", "When its event was recorded.")),
    ];
    let side = object("A version of the customer.", side, &["version", "recorded_at"]);
    definitions.insert("Side".to_owned(), side);
    let diff = [
        ("customer_id", id()),
        ("from", described("Side", "The version that `from` came to.")),
        ("to", described("Side", "The version that `to` came to.")),
        ("changes", list("FieldDifference", "Which fields of the state differ.")),
        (
            "patch",
            list(
                "PatchOperation",
                "RFC 6902: applied to the document of `from`, version and times included, it gives the document of `to`.",
            ),
        ),
    ];
    let all = ["customer_id", "from", "to", "changes", "patch"];
    definitions.insert("Diff".to_owned(), object("What differs between two versions.", diff, &all));
    let operation = [
        (
            "op",
            json!({"type": "string", "enum": ["add", "remove", "replace"], "description": "What to do."}),
        ),
        ("path", text("Where: a JSON pointer.")),
        ("value", value("What to put there; absent when something is removed.")),
    ];
    let operation = object("A step of a JSON Patch.", operation, &["op", "path"]);
    definitions.insert("PatchOperation".to_owned(), operation);
}

fn recorded_event() -> Value {
    let told = [
        ("actor", "On whose behalf: `X-Actor`, as the caller claimed."),
        ("api_key", "The id of the API key with which it was done."),
        ("reason", "Why: `X-Reason`."),
        ("request_id", "The request's id."),
        ("correlation_id", "What the request was part of."),
        ("causation_id", "What brought the request about."),
        ("trace_id", "The trace that the request was part of."),
        ("surface", "Which surface of the service took the request."),
        ("command", "The command; several that came together, with commas between."),
        ("client_address", "The address that the request came from."),
        ("user_agent", "The program that it came from."),
        ("application_version", "The version of the service that recorded it."),
    ];
    let event = [
        (
            "customer_id",
            json!({"type": "string", "format": "uuid", "description": "The customer that it happened to; absent when it is the tenant's own."}),
        ),
        ("version", version()),
        ("position", text("Its position in the log. Opaque.")),
        ("recorded_at", described("Timestamp", "When it was recorded.")),
        ("type", event_type()),
        ("event_version", text("The version of the shape of `data`.")),
        (
            "data",
            json!({"type": "object", "additionalProperties": true, "description": "The fields that changed, and nothing else, as `CustomerEvent` and `TenantEvent` have them for this `type`. As it is stored if this version of the service can't read it. Absent in the feed to a key without the scope `audit`."}),
        ),
    ];
    let told = told.into_iter().map(|(name, description)| (name, text(description)));
    let required = ["version", "position", "recorded_at", "type", "event_version"];
    object(
        "An event, and who, why and how as far as that is known.",
        event.into_iter().chain(told),
        &required,
    )
}

/// The event by which a field became what it is.
fn by() -> [(&'static str, Value); 7] {
    [
        ("version", version()),
        ("position", text("The event's position in the log. Opaque.")),
        ("recorded_at", described("Timestamp", "When the event was recorded.")),
        ("type", event_type()),
        (
            "actor",
            text(
                "On whose behalf: `X-Actor`, as the caller claimed; the id of the API key without it.",
            ),
        ),
        ("api_key", text("The id of the API key with which it was done.")),
        ("reason", text("Why, if that was said.")),
    ]
}

fn event_type() -> Value {
    json!({"type": "string", "description": "What has happened, as in `CustomerEvent`."})
}

fn version() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1, "description": "The customer's version."})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid", "description": "The customer."})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn list(of: &str, description: &str) -> Value {
    json!({"type": "array", "items": schema(of), "description": description})
}

fn described(name: &str, description: &str) -> Value {
    let mut described = schema(name);
    described["description"] = description.into();
    described
}

fn object(
    description: &str,
    members: impl IntoIterator<Item = (&'static str, Value)>,
    required: &[&str],
) -> Value {
    let members = members.into_iter().map(|(name, schema)| (name.to_owned(), schema));
    json!({
        "type": "object",
        "description": description,
        "properties": members.collect::<Map<_, _>>(),
        "required": required,
    })
}
