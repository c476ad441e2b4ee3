//! The responses that operations share, with every problem code they can carry.

use std::fmt::Write as _;

use axum::http::StatusCode;
use http::accept::Format;
use http::list::{Columns, csv_header};
use http::problem::{ProblemKind, catalog};
use serde_json::{Map, Value, json};

use super::parts::schema;

/// Status, name among the components, and what the caller should make of it.
const PROBLEMS: [(u16, &str, &str); 18] = [
    (400, "BadRequest", "The request is invalid. Correct it."),
    (401, "Unauthorized", "The API key is missing or invalid."),
    (403, "Forbidden", "The API key lacks the scope for this."),
    (404, "NotFound", "Not found, or it belongs to another tenant."),
    (406, "NotAcceptable", "`Accept` allows none of the formats of this list."),
    (408, "Timeout", "The request did not arrive in time. Send it again, on a new connection."),
    (409, "Conflict", "Conflict with the current state. Nothing was changed."),
    (
        410,
        "Gone",
        "The log was restored to an earlier state, and the cursor is after its end. Discard what was read and start again without a cursor.",
    ),
    (
        412,
        "PreconditionFailed",
        "The current version is not the one in the request. Read it again. Nothing was changed.",
    ),
    (413, "TooLarge", "The body is too large."),
    (414, "TargetTooLong", "The path and the query are too long."),
    (415, "UnsupportedMediaType", "The body has another content type, or is not UTF-8."),
    (
        422,
        "Unprocessable",
        "The request is well-formed but not allowed. Nothing was changed. `errors` names the wrong values.",
    ),
    (
        429,
        "TooMany",
        "The key or the tenant sends too much at a time. Nothing was changed. Try again after `Retry-After` seconds with the same `Idempotency-Key`.",
    ),
    (431, "HeadTooLarge", "The headers are too large, or too many."),
    (500, "Internal", "Internal error. Give your operator the request id in `instance`."),
    (
        503,
        "Unavailable",
        "Temporarily unavailable. Try again after `Retry-After` seconds with the same `Idempotency-Key`.",
    ),
    (505, "VersionNotSupported", "The request is neither HTTP/1.1 nor HTTP/1.0."),
];

/// The member of a response with the media types that must be requested by `Accept`.
pub(crate) const ALTERNATIVES: &str = "x-alternatives";
/// The member of a media type with the schema of one line, as `itemSchema` of OpenAPI 3.2.
pub(crate) const ITEM_SCHEMA: &str = "x-itemSchema";

/// What any request can be answered with, because its head can't be read.
pub(super) const HEAD_PROBLEMS: [u16; 5] = [400, 408, 414, 431, 505];

/// A reference to the problem with this status.
pub(super) fn problem(status: u16) -> Value {
    let name = PROBLEMS.iter().find(|known| known.0 == status).map_or("Internal", |known| known.1);
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// A response with a JSON body.
pub(super) fn json_response(
    description: &str,
    name: &str,
    headers: &[&str],
    example: Value,
) -> Value {
    let mut content = json!({"schema": schema(name)});
    if !example.is_null() {
        content["example"] = example;
    }
    json!({
        "description": description,
        "headers": header_references(headers),
        "content": {"application/json": content},
    })
}

/// A response with text.
pub(super) fn plain(description: &str, content_type: &str) -> Value {
    json!({
        "description": description,
        "headers": header_references(&[]),
        "content": {content_type: {"schema": {"type": "string"}}},
    })
}

/// The response with the list's other formats: NDJSON with its items, CSV with its columns.
pub(super) fn with_exports(response: Value, item: &str, columns: Columns) -> Value {
    let header = csv_header(&columns()).unwrap_or_default();
    let ndjson = json!({"schema": {"type": "string"}, ITEM_SCHEMA: schema(item)});
    let csv = json!({"schema": {"type": "string"}, "example": String::from_utf8_lossy(&header)});
    let response = with_alternative(response, Format::Ndjson.media_type(), ndjson);
    with_alternative(response, Format::Csv.media_type(), csv)
}

/// The response, which `Accept` can ask for as another media type. That type is not among the
/// response's `content`: generated clients would give every answer the type "JSON or text".
pub(super) fn with_alternative(mut response: Value, media_type: &str, content: Value) -> Value {
    response[ALTERNATIVES][media_type] = content;
    response
}

pub(super) fn header_references(names: &[&str]) -> Value {
    let reference = |name: &&str| json!({"$ref": format!("#/components/headers/{name}")});
    let references = names.iter().map(|name| ((*name).to_owned(), reference(name)));
    let id = ("X-Request-Id".to_owned(), reference(&"X-Request-Id"));
    Value::Object(references.chain([id]).collect())
}

pub(super) fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "ETag": text("The version, in quotes. Absent on a dry run.", "\"7\""),
        "Dossier-Position": text("The position in the log of this write, or the position that a list includes. Opaque. Absent on a dry run.", "17.4821"),
        "Idempotency-Replayed": text("`true` if this is the stored answer to an earlier request; otherwise absent.", "true"),
        "Location": text("The path of the new customer.", "/v1/customers/0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e"),
        "X-Request-Id": text("The request's id: from the caller, or made by the service.", "req-5f0c2a"),
        "WWW-Authenticate": text("How to authenticate.", "Bearer"),
        "Retry-After": {
            "description": "When to try again, in seconds.",
            "schema": {"type": "integer", "minimum": 0},
            "example": 1,
        },
    })
}

pub(super) fn problems() -> Value {
    let mut responses = Map::new();
    for (status, name, description) in PROBLEMS {
        let codes = codes(status);
        let mut description = description.to_owned();
        description.push_str("\n\nIts `code` is one of these:\n");
        for (code, text) in &codes {
            // Writing to a string can't fail.
            let _ = write!(description, "\n- `{code}`: {text}");
        }
        let headers: &[&str] = match status {
            401 => &["WWW-Authenticate"],
            429 | 503 => &["Retry-After"],
            _ => &[],
        };
        let mut content = json!({"schema": schema("Problem")});
        if let Some((code, text)) = codes.first() {
            content["example"] = example(status, code, text);
        }
        let response = json!({
            "description": description,
            "headers": header_references(headers),
            "content": {"application/problem+json": content},
        });
        responses.insert(name.to_owned(), response);
    }
    Value::Object(responses)
}

/// All codes that go with a status: first those of the request, then those of its head and of the rules.
fn codes(status: u16) -> Vec<(&'static str, String)> {
    let mut codes: Vec<(&'static str, String)> = Vec::new();
    for ProblemKind { status: of, code, meaning, native } in catalog() {
        let new = codes.iter().all(|(known, _)| *known != code);
        if of.as_u16() == status && native && new {
            codes.push((code, meaning));
        }
    }
    codes
}

fn example(status: u16, code: &str, text: &str) -> Value {
    let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut example = json!({
        "type": format!("/problems/{code}"),
        "title": title.unwrap_or("Error"),
        "status": status,
        "detail": text,
        "instance": "/requests/req-5f0c2a",
        "code": code,
    });
    if code == "invalid_body" {
        let asked = "must be an e-mail address";
        example["detail"] = format!("/email {asked}").into();
        example["errors"] = json!([{"pointer": "/email", "detail": asked}]);
    }
    example
}
