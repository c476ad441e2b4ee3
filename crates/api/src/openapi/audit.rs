//! The operations that tell what has happened in a tenant.

use domain::{customer, tenant};
use serde_json::{Map, Value, json};

use super::about::HISTORY;
use super::answers::described;
use super::examples;
use super::operation::Operation;
use super::parameters::{AT_LEAST, PART, TOLD};
use super::queries::{Described, text, time};
use super::responses::json_response;
use super::schemas::schema;

/// What an event of the audit must have.
const FILTERS: [&str; 10] = [
    "CustomerOfEvent",
    "FieldOfEvent",
    "ActorOfEvent",
    "ApiKeyOfEvent",
    "TypeOfEvent",
    "RequestOfEvent",
    "CorrelationOfEvent",
    "SurfaceOfEvent",
    "After",
    "Before",
];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![("/v1/audit", audit())]
}

fn audit() -> Operation {
    let found = json_response("Events.", "EventPage", &["Dossier-Position"], examples::audit());
    Operation::new("listAudit", HISTORY, "Finds what has happened in the tenant")
        .description("The events of all customers and of the tenant itself. All filters together must hold. A page may have fewer events than `limit`, even none, and still be followed by another. The oldest first, there is always a `next_cursor`: on the last page it leads to what comes later. Follows the log by a moment: `Dossier-Position` says how far it has come, `Dossier-At-Least` waits for it. Needs the scope `audit`.")
        .parameters(&TOLD)
        .parameters(&FILTERS)
        .parameters(&["Order"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
        .response(200, found)
        .problems(&[401, 403, 404, 500, 503])
}

/// The parameters of these operations.
pub(super) fn parameters() -> Vec<Described> {
    vec![
        (
            "CustomerOfEvent",
            "customer",
            text(),
            "Those that happened to this customer: its id, or `external:` and its external id, or `alias:` and an alias.",
        ),
        (
            "FieldOfEvent",
            "field",
            json!({"type": "string", "pattern": "^/"}),
            "Those that changed this field: a JSON pointer into the customer's document, as `/profile/name`; members of lists that have an id go by their id.",
        ),
        ("ActorOfEvent", "actor", text(), "Those on behalf of this, as `X-Actor` said."),
        ("ApiKeyOfEvent", "api_key", text(), "Those of requests with the key of this id."),
        ("TypeOfEvent", "type", json!({"type": "string", "enum": names()}), "Those of this name."),
        ("RequestOfEvent", "request_id", text(), "Those of the request with this id."),
        (
            "CorrelationOfEvent",
            "correlation_id",
            text(),
            "Those of requests that are part of this.",
        ),
        ("SurfaceOfEvent", "surface", text(), "Those that came by these paths, as `native`."),
        ("After", "after", time(), "Those at this time or later."),
        ("Before", "before", time(), "Those before this time."),
        (
            "Order",
            "order",
            json!({"type": "string", "enum": ["newest", "oldest"], "default": "newest"}),
            "Which come first.",
        ),
    ]
}

fn names() -> Vec<&'static str> {
    let mut names = [customer::Event::NAMES, tenant::Event::NAMES].concat();
    names.sort_unstable();
    names
}

/// The schemas of their answers.
pub(super) fn add_schemas(definitions: &mut Map<String, Value>) {
    let told = |description: &str| json!({"type": "string", "description": description});
    let event = json!({
        "type": "object",
        "description": "Something that has happened, and who, when, why and how.",
        "properties": {
            "customer_id": {"type": "string", "format": "uuid", "description": "The customer that it happened to; absent when it is the tenant's own."},
            "version": {"type": "integer", "format": "int64", "minimum": 1, "description": "The customer's (or tenant's) version that it made."},
            "position": told("Its place in the log, as in `Dossier-Position`. Opaque."),
            "recorded_at": described("Timestamp", "When it was recorded."),
            "type": {"type": "string", "enum": names(), "description": "What. More names may come."},
            "event_version": told("The version of the shape of `data`."),
            "data": {"type": "object", "description": "The fields that changed, and nothing else."},
            "actor": told("On whose behalf, as `X-Actor` said."),
            "api_key": told("The id of the key."),
            "reason": told("Why, as `X-Reason` said."),
            "request_id": told("The request's id."),
            "correlation_id": told("What the request was part of."),
            "surface": told("By which paths it came."),
            "command": told("The command, or several with commas."),
        },
        "required": ["version", "position", "recorded_at", "type", "event_version", "data"],
    });
    definitions.insert("Event".to_owned(), event);
    let page = json!({
        "type": "object",
        "description": "Some of what has happened.",
        "properties": {
            "items": {"type": "array", "items": schema("Event"), "description": "Events, in the order asked for."},
            "next_cursor": {"type": "string", "description": "Leads on from here; absent when nothing can come. Opaque, and good with these parameters only."},
        },
        "required": ["items"],
    });
    definitions.insert("EventPage".to_owned(), page);
}
