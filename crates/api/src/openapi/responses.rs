//! The responses that operations share, with every problem code they can carry.

use std::fmt::Write as _;

use axum::http::StatusCode;
use domain::{customer, tenant};
use http::accept::Format;
use http::list::csv_header;
use http::{HeadRefusal, Problem};
use serde_json::{Map, Value, json};

use super::schemas::schema;

/// Status, name among the components, and what the caller should make of it.
const PROBLEMS: [(u16, &str, &str); 18] = [
    (400, "BadRequest", "The request can't be read: correct it."),
    (401, "Unauthorized", "No API key, or one that isn't valid."),
    (403, "Forbidden", "The API key lacks the scope for this."),
    (404, "NotFound", "There is no such thing, or it is another tenant's."),
    (406, "NotAcceptable", "The list comes in none of the formats that `Accept` takes."),
    (408, "Timeout", "The request did not arrive in time. Send it again, on a new connection."),
    (409, "Conflict", "It collides with what is. Nothing was changed."),
    (
        410,
        "Gone",
        "The log is no longer the one that the cursor comes from: forget what was read of it, and begin anew.",
    ),
    (
        412,
        "PreconditionFailed",
        "It is not at the version that the request names: read it again. Nothing was changed.",
    ),
    (413, "TooLarge", "The body is too large."),
    (414, "TargetTooLong", "The path and the query are too long."),
    (415, "UnsupportedMediaType", "The body is not of the content type asked for, or not UTF-8."),
    (
        422,
        "Unprocessable",
        "The request can be read, but asks for what isn't allowed. Nothing was changed; `errors` says what is wrong where.",
    ),
    (
        429,
        "TooMany",
        "The key or the tenant asks for too much at a time. Nothing was done; try again after `Retry-After` seconds, with the same `Idempotency-Key`.",
    ),
    (431, "HeadTooLarge", "The headers are too large, or too many."),
    (500, "Internal", "A fault of the service. Its operators find the request by its id."),
    (
        503,
        "Unavailable",
        "Not now: too many requests or commands are waiting, what is read is behind, the database can't be reached, or this instance stops. Try again after `Retry-After` seconds, with the same `Idempotency-Key`.",
    ),
    (505, "VersionNotSupported", "The request is not one of HTTP/1.1 or 1.0."),
];

/// The member of a response with the media types that must be asked for by `Accept`.
pub(crate) const ALTERNATIVES: &str = "x-alternatives";
/// The member of a media type with the schema of one line, as `itemSchema` of OpenAPI 3.2.
pub(crate) const ITEM_SCHEMA: &str = "x-itemSchema";

/// What any request can be answered with, because its head can't be read.
pub(super) const HEAD_PROBLEMS: [u16; 5] = [400, 408, 414, 431, 505];

/// Codes that are refusals neither of a head nor by a rule.
const CODES: [(u16, &str, &str); 42] = [
    (400, "malformed_body", "the body is not JSON as it is taken here"),
    (400, "invalid_header", "a header can't be read"),
    (400, "invalid_query", "a query parameter isn't known or can't be read"),
    (400, "invalid_cursor", "the cursor isn't one of this list with these parameters"),
    (400, "invalid_path", "the path can't be read"),
    (400, "query_too_costly", "the query took too long; ask for less"),
    (401, "unauthorized", "a valid API key is needed"),
    (403, "forbidden", "the API key lacks the scope for this"),
    (403, "actor_not_allowed", "the API key may not act for the actor that `X-Actor` names"),
    (404, "not_found", "there is nothing here"),
    (404, "version_not_reached", "the customer has not come to the version that is asked for"),
    (
        404,
        "not_registered_then",
        "the instant that is asked for is before the customer's first event",
    ),
    (404, "unknown_command", "there is no such command"),
    (404, "unknown_projection", "there is no such read model"),
    (404, "not_parked", "this customer isn't parked in this read model"),
    (404, "unknown_version", "the customer has no such version"),
    (404, "no_log_key", "this service has no key to sign the log's heads with"),
    (406, "not_acceptable", "the answer comes in none of the formats that `Accept` takes"),
    (408, "body_timeout", "the body did not arrive in time"),
    (409, "rebuild_underway", "a rebuild or a rollback of this read model is under way"),
    (409, "nothing_retired", "there is no earlier generation that this version could go on with"),
    (
        410,
        "cursor_ahead",
        "the cursor leads beyond the end of the log, which was set back to an earlier state",
    ),
    (412, "version_mismatch", "it is not at the version that the request names"),
    (413, "body_too_large", "a body or line is larger than 64 KiB"),
    (415, "unsupported_media_type", "the body is not of the content type asked for"),
    (422, "invalid_body", "values in the body are not allowed"),
    (422, "idempotency_key_reused", "the key was used for another request"),
    (422, "too_large", "the customer or tenant would have more than 1 MiB as JSON"),
    (422, "page_too_large", "a page of a vendor's list would have more than 4 MiB"),
    (429, "rate_limited", "the API key has sent as many requests as it may in a second"),
    (429, "too_many_commands", "too many commands of the tenant are waiting at this instance"),
    (429, "too_many_idempotency_keys", "the tenant has as many answers kept as it may"),
    (429, "too_many_requests", "the tenant has too many requests under way at this instance"),
    (429, "too_many_bytes", "the tenant's clients have not read enough of earlier answers"),
    (429, "too_many_attempts", "too many requests from this address have no valid API key"),
    (429, "too_many_streams", "a tenant may have 100 streams open at one instance"),
    (500, "internal", "a fault of the service"),
    (503, "busy", "too many commands are waiting"),
    (503, "overloaded", "too many requests are under way at this instance"),
    (503, "not_yet", "what is read has not come to the position of `Dossier-At-Least` in time"),
    (503, "stopping", "this instance is stopping"),
    (503, "unavailable", "the database can't be reached"),
];

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

/// The response with the list's other formats: NDJSON with its items, CSV with its columns.
pub(super) fn with_exports(response: Value, item: &str, columns: &[&str]) -> Value {
    let header = csv_header(columns).unwrap_or_default();
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
        "ETag": text("The version, in quotes. Absent on a dry run: what would be has none yet.", "\"7\""),
        "Dossier-Position": text("The log's position after this write, or the one that a list has come to. Opaque: a reader that has come to it has seen the write. Absent on a dry run.", "17.4821"),
        "Idempotency-Replayed": text("`true` when the answer was kept from an earlier request; else absent.", "true"),
        "Location": text("Where to read what was made.", "/v1/customers/0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e"),
        "X-Request-Id": text("The request's id: the caller's, else one of the service's.", "req-5f0c2a"),
        "WWW-Authenticate": text("How to authenticate.", "Bearer"),
        "Retry-After": {
            "description": "After how many seconds to try again.",
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
    let own = CODES.iter().filter(|known| known.0 == status);
    let mut codes: Vec<_> = own.map(|(_, code, text)| (*code, (*text).to_owned())).collect();
    let head = HeadRefusal::ALL.iter().map(|refusal| refusal.parts());
    let head = head.map(|(of, code, text)| (of, code, text.to_owned()));
    let customer = customer::Refusal::ALL.iter().copied();
    let customer = customer.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    let tenant = tenant::Refusal::ALL.iter().copied();
    let tenant = tenant.map(|r| (Problem::from(r).status(), r.code(), r.to_string()));
    for (of, code, text) in head.chain(customer).chain(tenant) {
        if of.as_u16() == status && codes.iter().all(|(known, _)| *known != code) {
            codes.push((code, text));
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
