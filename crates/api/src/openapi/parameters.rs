//! The parameters that operations share.

use serde_json::{Map, Value, json};

use super::parts::schema;
use super::queries;

/// Names the customer.
pub(super) const REF: &str = "Ref";
/// What every request with a key can say about itself.
pub(super) const METADATA_HEADERS: [&str; 6] =
    ["XActor", "XReason", "XRequestId", "XCorrelationId", "XCausationId", "Traceparent"];
/// What every command takes.
pub(super) const COMMAND: [&str; 4] = ["DryRun", "IdempotencyKey", "IfMatch", "IfNoneMatch"];
/// What makes a read conditional.
pub(super) const UNLESS_KNOWN: &str = "UnlessKnown";

/// Names the read model.
pub(super) const PROJECTION: &str = "Projection";
/// Names a kind of problem.
pub(super) const PROBLEM_CODE: &str = "ProblemCode";
/// Names the version of a customer.
pub(super) const VERSION: &str = "VersionOfEvent";
/// Waits until the read model has reached a position.
pub(super) const AT_LEAST: &str = "AtLeast";
/// Which part of a list.
pub(super) const PART: [&str; 2] = ["Limit", "Cursor"];
/// Which moment of a customer.
pub(super) const MOMENT: [&str; 2] = ["Version", "AsOf"];
/// Which part of a history.
pub(super) const SPAN: [&str; 4] = ["Order", "RecordedAfter", "RecordedBefore", "EventType"];
/// Which customers.
pub(super) const CUSTOMER_FILTERS: [&str; 20] = [
    "Status",
    "Name",
    "Email",
    "ExternalId",
    "Phone",
    "Type",
    "Country",
    "Currency",
    "Parent",
    "Billable",
    "CreatedBy",
    "UpdatedBy",
    "CreatedAfter",
    "CreatedBefore",
    "UpdatedAfter",
    "UpdatedBefore",
    "Metadata",
    "CustomFields",
    "Tag",
    "Provider",
];

/// A reference to the parameter called `name`.
pub(super) fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

pub(super) fn components() -> Value {
    let mut parameters = Map::new();
    parameters.insert(
        REF.to_owned(),
        json!({
            "name": "ref",
            "in": "path",
            "required": true,
            "description": "The customer: its id, `external:` and its external id, or `alias:` and an alias.",
            "schema": {"type": "string", "minLength": 1},
            "examples": {
                "id": {"value": "0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e"},
                "external": {"value": "external:acme-001"},
                "alias": {"value": "alias:acme"},
            },
        }),
    );
    parameters.insert(
        "DryRun".to_owned(),
        json!({
            "name": "dry_run",
            "in": "query",
            "description": "Validate and answer, but store nothing. The answer has `dry_run` and, with the scope `read`, the resulting `state`. For `revert-to` and `undo-event` the state also needs the scope `audit`. Dry runs are recorded in the read audit.",
            "schema": {"type": "boolean", "default": false},
        }),
    );
    parameters.insert(
        PROJECTION.to_owned(),
        json!({
            "name": "name",
            "in": "path",
            "required": true,
            "description": "The read model.",
            "schema": schema("ProjectionName"),
        }),
    );
    parameters.insert(
        PROBLEM_CODE.to_owned(),
        json!({
            "name": "code",
            "in": "path",
            "required": true,
            "description": "The code of a problem.",
            "schema": {"type": "string"},
            "example": "version_mismatch",
        }),
    );
    parameters.insert(
        VERSION.to_owned(),
        json!({
            "name": "version",
            "in": "path",
            "required": true,
            "description": "The customer's version that the event created.",
            "schema": {"type": "integer", "minimum": 1},
            "example": 7,
        }),
    );
    for (name, header, longest, description, example) in HEADERS {
        let schema = match longest {
            0 => json!({"type": "string"}),
            longest => json!({"type": "string", "minLength": 1, "maxLength": longest}),
        };
        let described = json!({
            "name": header,
            "in": "header",
            "description": description,
            "schema": schema,
            "example": example,
        });
        parameters.insert(name.to_owned(), described);
    }
    queries::add(&mut parameters);
    Value::Object(parameters)
}

/// Name here, header, longest text in characters (0: not limited here), what it does, an example.
const HEADERS: [(&str, &str, u32, &str, &str); 12] = [
    (
        "IdempotencyKey",
        "Idempotency-Key",
        258,
        "Runs the request once. 1 to 256 printable ASCII characters, with or without quotes. Checked \
         before `If-Match`.",
        "order-7001",
    ),
    (
        "IfMatch",
        "If-Match",
        0,
        "Run only at this version, in quotes as in `ETag`. `*`: at any version, if the customer exists.",
        "\"7\"",
    ),
    (
        "IfNoneMatch",
        "If-None-Match",
        0,
        "`*`: run only if the customer does not exist. Not with `If-Match`.",
        "*",
    ),
    (
        UNLESS_KNOWN,
        "If-None-Match",
        0,
        "ETags that the caller has. If the current one is among them, the answer is 304.",
        "\"7\"",
    ),
    (
        AT_LEAST,
        "Dossier-At-Least",
        0,
        "A `Dossier-Position`. The request waits up to 5 seconds until the list includes that \
         position. After that it is a 503 (`not_yet`).",
        "17.4821",
    ),
    (
        "LastEventId",
        "Last-Event-ID",
        0,
        "For streams: the `id` of the last event received. The stream continues after it. Overrides `cursor` and `from`.",
        "oZ2tq3cC0pUuUjMxbnQ0d0Y3bW5k",
    ),
    (
        "XActor",
        "X-Actor",
        256,
        "Who the request is made for. Stored with the events.",
        "ada@example.com",
    ),
    (
        "XReason",
        "X-Reason",
        1_000,
        "The reason. Stored with the events.",
        "Moved to a new office, ticket 4711",
    ),
    (
        "XRequestId",
        "X-Request-Id",
        128,
        "The request's id. If absent, the service creates one. It is in the answer, in logs and in the events.",
        "req-5f0c2a",
    ),
    (
        "XCorrelationId",
        "X-Correlation-Id",
        128,
        "Identifies the process that the request is part of. Stored with the events.",
        "migration-2026-03",
    ),
    (
        "XCausationId",
        "X-Causation-Id",
        128,
        "Identifies what caused the request. Stored with the events.",
        "message-981",
    ),
    (
        "Traceparent",
        "traceparent",
        0,
        "W3C trace context. The trace id is stored with the events. An invalid value is ignored.",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
];
