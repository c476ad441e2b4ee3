//! The operations on a customer's history.

use http::event::EventItem;
use http::list::ListItem as _;
use serde_json::{Value, json};

use super::about::HISTORY;
use super::examples;
use super::lists::LIST_PROBLEMS;
use super::operation::Operation;
use super::parameters::{AT_LEAST, METADATA_HEADERS, MOMENT, PART, REF, SPAN, UNLESS_KNOWN};
use super::responses::{header_references, json_response, with_exports};
use crate::v1::customers::changes::ChangeItem;

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
    let found = with_exports(found, "RecordedEvent", EventItem::COLUMNS);
    history("listEvents", "Lists the events of a customer", found)
        .description("Each event has its actor, reason and other metadata. Always current. With `type`, a page looks at 10,000 versions at most, so it may have fewer items than `limit`, even none, and still have a `next_cursor`. Needs the scope `audit`.")
        .parameters(&SPAN)
        .parameters(&PART)
        .problems(&LIST_PROBLEMS)
}

fn list_changes() -> Operation {
    let found =
        json_response("The changes.", "ChangePage", &["Dossier-Position"], examples::changes());
    let found = with_exports(found, "Change", ChangeItem::COLUMNS);
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
        .parameters(&METADATA_HEADERS)
        .response(200, found)
        .problems(&PROBLEMS)
}
