//! The operations that tell what has happened in a tenant.

use domain::{customer, tenant};
use serde_json::{Map, Value, json};

use super::about::HISTORY;
use super::answers::described;
use super::examples;
use super::lists::LIST_PROBLEMS;
use super::operation::Operation;
use super::parameters::{AT_LEAST, PART, TOLD};
use super::queries::{Described, text};
use super::responses::{json_response, with_exports};
use super::schemas::schema;
use crate::columns;
use crate::v1::feed::{EVENT_STREAM, WAIT_MAX};

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
    "RecordedAfter",
    "RecordedBefore",
];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![("/v1/audit", audit()), ("/v1/audit/reads", list_reads()), ("/v1/feed", feed())]
}

fn audit() -> Operation {
    let found = json_response("Events.", "EventPage", &["Dossier-Position"], examples::events());
    let found = with_exports(found, "RecordedEvent", columns::EVENTS);
    Operation::new("listAudit", HISTORY, "Finds what has happened in the tenant")
        .description("The events of all customers and of the tenant itself. All filters together must hold. A page may have fewer events than `limit`, even none, and still be followed by another. The oldest first, there is always a `next_cursor`: on the last page it leads to what comes later. Follows the log by a moment: `Dossier-Position` says how far it has come, `Dossier-At-Least` waits for it. Needs the scope `audit`.")
        .parameters(&TOLD)
        .parameters(&FILTERS)
        .parameters(&["Order"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
        .response(200, found)
        .problems(&LIST_PROBLEMS)
        .problems(&[410])
}

fn list_reads() -> Operation {
    let found = json_response("The reads, the latest first.", "ReadPage", &[], examples::reads());
    let found = with_exports(found, "Read", columns::READS);
    Operation::new("listReads", HISTORY, "Finds who read what about whom")
        .description("Whatever shows personal data to a key with the scope `audit` is noted before it is answered; what can't be noted isn't shown. Needs the scope `audit`.")
        .parameters(&TOLD)
        .parameters(&["CustomerOfEvent", "ApiKeyOfEvent", "RecordedAfter", "RecordedBefore"])
        .parameters(&PART)
        .response(200, found)
        .problems(&LIST_PROBLEMS)
}

fn feed() -> Operation {
    let mut found =
        json_response("Events.", "EventPage", &["Dossier-Position"], examples::events());
    found["content"][EVENT_STREAM] = json!({
        "schema": {"type": "string"},
        "example": "retry: 1000\nid: oZ2tq3cC0pUu\n:\n\nid: UjMxbnQ0d0Y3\ndata: {\"type\":\"ProfileUpdated\"}\n\n",
    });
    Operation::new("readFeed", HISTORY, "Follows what happens in the tenant")
        .description("Events of all customers and of the tenant itself, in the order in which they happened, none left out and none twice. A page always has a `next_cursor`; with `wait` an empty one is held back until something happens. With `Accept: text/event-stream` they come as server-sent events: `data` is an event, `id` is a cursor, and whoever was cut off goes on with `Last-Event-ID`. A line that begins with a colon comes when nothing happens for 15 seconds. The service ends a stream when it stops or the key is no longer accepted. Needs the scope `read` or `audit`. Without `audit` an event has neither `data` nor who, why and how: it says which customer changed, to be read.")
        .parameters(&TOLD)
        .parameters(&["From", "Wait", "CustomerOfEvent", "TypeOfEvent", "LastEventId"])
        .parameters(&PART)
        .response(200, found)
        .problems(&[401, 403, 404, 410, 429, 500, 503])
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
        (
            "From",
            "from",
            json!({"type": "string", "enum": ["beginning", "now"], "default": "beginning"}),
            "Where to begin without a cursor.",
        ),
        (
            "Wait",
            "wait",
            json!({"type": "integer", "minimum": 0, "maximum": WAIT_MAX, "default": 0}),
            "How many seconds to wait for something to happen. Not for streams.",
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
    let read = json!({
        "type": "object",
        "description": "An answer that showed personal data.",
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "Its id."},
            "read_at": described("Timestamp", "When it was noted, right before it was answered."),
            "api_key": told("The id of the key that asked."),
            "actor": told("On whose behalf, as `X-Actor` said."),
            "route": told("The path, as it is written here."),
            "request_id": told("The request's id. Absent when the record stands for all reads of an hour."),
            "customers": {"type": "array", "items": {"type": "string", "format": "uuid"}, "description": "The customers that it showed."},
        },
        "required": ["id", "read_at", "api_key", "route", "customers"],
    });
    definitions.insert("Read".to_owned(), read);
    let page = json!({
        "type": "object",
        "description": "A page of a list.",
        "properties": {
            "items": {"type": "array", "items": schema("Read"), "description": "Reads, the latest first."},
            "next_cursor": {"type": "string", "description": "Leads to the next page; absent on the last. Opaque, and good for this list with these parameters only."},
        },
        "required": ["items"],
    });
    definitions.insert("ReadPage".to_owned(), page);
}
