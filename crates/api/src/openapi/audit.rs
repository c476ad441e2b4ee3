//! The operations that tell what has happened in a tenant.

use http::list::ListItem as _;
use serde_json::json;

use super::about::HISTORY;
use super::examples;
use super::lists::LIST_PROBLEMS;
use super::operation::Operation;
use super::parameters::{AT_LEAST, METADATA_HEADERS, PART};
use super::parts::schema;
use super::responses::{ITEM_SCHEMA, json_response, with_alternative, with_exports};
use crate::v1::audit::AuditItem;
use crate::v1::audit::reads::ReadItem;
use crate::v1::feed::EVENT_STREAM;

/// What an event of the audit must have.
const FILTERS: [&str; 14] = [
    "CustomerOfEvent",
    "FieldOfEvent",
    "ActorOfEvent",
    "ApiKeyOfEvent",
    "TypeOfEvent",
    "RequestOfEvent",
    "CorrelationOfEvent",
    "SurfaceOfEvent",
    "ReasonOfEvent",
    "ReasonPrefix",
    "ReasonSearch",
    "HasReason",
    "RecordedAfter",
    "RecordedBefore",
];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![("/v1/audit", audit()), ("/v1/audit/reads", list_reads()), ("/v1/feed", feed())]
}

fn audit() -> Operation {
    let found = json_response("Events.", "AuditPage", &["Dossier-Position"], examples::audit());
    let found = with_exports(found, "AuditEntry", AuditItem::COLUMNS);
    Operation::new("listAudit", HISTORY, "Finds events in the tenant")
        .description("Events of all customers and of the tenant itself. An event must match all filters. Each has the names of its customer and of its API key as they are now; with `include=values` also the fields that it changed, with old and new values. A page may have fewer events than `limit`, even none, and still have a `next_cursor`. With `order=oldest` there is always a `next_cursor`; on the last page it leads to later events. The list lags the log by a moment: `Dossier-Position` is the position that it includes, `Dossier-At-Least` waits for a position. Needs the scope `audit`.")
        .parameters(&METADATA_HEADERS)
        .parameters(&FILTERS)
        .parameters(&["Order", "Include"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
        .response(200, found)
        .problems(&LIST_PROBLEMS)
        .problems(&[410])
}

fn list_reads() -> Operation {
    let found = json_response("Reads, newest first.", "ReadPage", &[], examples::reads());
    let found = with_exports(found, "Read", ReadItem::COLUMNS);
    Operation::new("listReads", HISTORY, "Finds who read personal data")
        .description("Every answer that shows personal data to a key with the scope `audit` is recorded before it is sent. If it can't be recorded, it is not sent. Needs the scope `audit`.")
        .parameters(&METADATA_HEADERS)
        .parameters(&["CustomerOfEvent", "ApiKeyOfEvent", "RecordedAfter", "RecordedBefore"])
        .parameters(&PART)
        .response(200, found)
        .problems(&LIST_PROBLEMS)
}

fn feed() -> Operation {
    let found = json_response("Events.", "EventPage", &["Dossier-Position"], examples::events());
    let stream = json!({
        "schema": {"type": "string"},
        ITEM_SCHEMA: schema("RecordedEvent"),
        "example": "retry: 1000\nid: oZ2tq3cC0pUu\n:\n\nid: UjMxbnQ0d0Y3\ndata: {\"type\":\"ProfileUpdated\"}\n\n",
    });
    let found = with_alternative(found, EVENT_STREAM, stream);
    Operation::new("readFeed", HISTORY, "Follows the tenant's events")
        .description("Events of all customers and of the tenant itself, in log order, each exactly once. A page always has a `next_cursor`. With `wait`, an empty page is held back until an event comes. With `Accept: text/event-stream` the answer is a stream of server-sent events: `data` is an event, `id` is a cursor. After a broken connection, send the last `id` in `Last-Event-ID`. A line that begins with a colon comes after 15 seconds without events. The service ends a stream when it stops or when the key is no longer valid. Needs the scope `read` or `audit`. Without `audit`, an event has no `data` and no actor, reason or other metadata: it only says which customer changed.")
        .parameters(&METADATA_HEADERS)
        .parameters(&["From", "Wait", "CustomerOfEvent", "TypeOfEvent", "LastEventId"])
        .parameters(&PART)
        .response(200, found)
        .problems(&[401, 403, 404, 410, 429, 500, 503])
}
