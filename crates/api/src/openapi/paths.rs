//! Every path, in the order in which a reader wants them.

use serde_json::{Value, json};

use super::about::{CUSTOMER_COMMANDS, CUSTOMERS, SERVICE, TENANT};
use super::operation::{Operation, camel_case};
use super::parameters::{COMMAND, METADATA_HEADERS, MOMENT, PROBLEM_CODE, REF, UNLESS_KNOWN};
use super::parts::{Described, Paths, Schemas, schema};
use super::responses::{ITEM_SCHEMA, header_references, json_response, plain};
use super::{admin, audit, examples, history, lists, log};

/// The media type of many commands and of their answers.
const NDJSON: &str = "application/x-ndjson";
/// What every command can be answered with, beside success and what any request can.
const COMMAND_PROBLEMS: [u16; 11] = [401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503];
/// What a read can be answered with, beside success and what any request can.
const READ_PROBLEMS: [u16; 6] = [401, 403, 404, 429, 500, 503];
/// What the answer to a command carries.
const COMMAND_HEADERS: [&str; 3] = ["ETag", "Dossier-Position", "Idempotency-Replayed"];

pub(super) fn paths(schemas: &Schemas) -> Paths {
    let mut paths: Vec<(String, Value)> = Vec::new();
    let mut add = |path: String, method: &str, operation: Operation| {
        let operation = operation.build();
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, item)) => item[method] = operation,
            None => paths.push((path, json!({method: operation}))),
        }
    };
    let (register, commands): (Vec<_>, Vec<_>) =
        schemas.customer.iter().partition(|command| command.name == "register-customer");
    for command in register {
        add("/v1/customers".to_owned(), "post", register_customer(command));
    }
    add("/v1/customers/{ref}".to_owned(), "get", get_customer());
    for (path, operation) in lists::operations().into_iter().chain(history::operations()) {
        add(path.to_owned(), "get", operation);
    }
    add("/v1/customers/{ref}/commands".to_owned(), "post", send_commands());
    add("/v1/commands".to_owned(), "post", send_lines());
    for command in commands {
        let path = format!("/v1/customers/{{ref}}/commands/{}", command.name);
        let example = examples::customer_command(command.name);
        let operation = send_command(command, CUSTOMER_COMMANDS, "CustomerAnswer", example);
        add(path, "post", operation.parameters(&[REF]));
    }
    add("/v1/tenant".to_owned(), "get", get_tenant());
    for command in &schemas.tenant {
        let path = format!("/v1/tenant/commands/{}", command.name);
        let example = examples::tenant_command(command.name);
        add(path, "post", send_command(command, TENANT, "TenantAnswer", example));
    }
    for (path, operation) in log::operations().into_iter().chain(audit::operations()) {
        add(path.to_owned(), "get", operation);
    }
    for (path, method, operation) in admin::paths() {
        add(path.to_owned(), method, operation);
    }
    for (path, operation) in service() {
        add(path.to_owned(), "get", operation);
    }
    Paths(paths)
}

fn register_customer(command: &Described) -> Operation {
    let headers = [&["Location"], &COMMAND_HEADERS[..]].concat();
    let answer = examples::registered();
    let tried = "On a dry run: the customer can be registered. `state` is the resulting customer.";
    Operation::new("registerCustomer", CUSTOMERS, command.summary)
        .description("The caller may choose the id. Needs the scope `write`.")
        .body("application/json", &command.body, examples::customer_command(command.name))
        .parameters(&COMMAND)
        .parameters(&METADATA_HEADERS)
        .response(200, json_response(tried, "CustomerAnswer", &[], Value::Null))
        .response(201, json_response("Registered.", "CustomerAnswer", &headers, answer))
        .problems(&COMMAND_PROBLEMS)
}

fn send_command(command: &Described, tag: &str, answer: &str, example: Value) -> Operation {
    let committed = match command.name {
        "update-profile" => examples::profile_updated(),
        _ => Value::Null,
    };
    let done = "Done. If nothing changed, `events` is empty and the version stays.";
    let operation = Operation::new(&camel_case(command.name), tag, command.summary);
    let operation = if command.name == "upsert-customer" {
        let headers = [&["Location"], &COMMAND_HEADERS[..]].concat();
        operation
            .description("With `external:` and an external id in the path, the customer with that id is updated, or registered with it. A former external id updates the customer that had it. With an id, the customer is updated, or registered under it. `If-None-Match: *` allows only a registration, `If-Match` only an update.")
            .response(201, json_response("Registered.", answer, &headers, examples::registered()))
    } else {
        operation
    };
    operation
        .body("application/json", &command.body, example)
        .parameters(&COMMAND)
        .parameters(&METADATA_HEADERS)
        .response(200, json_response(done, answer, &COMMAND_HEADERS, committed))
        .problems(&COMMAND_PROBLEMS)
}

fn send_commands() -> Operation {
    let done = "All commands are done.";
    Operation::new("sendCommands", CUSTOMERS, "Sends several commands on one customer")
        .description("All commands succeed or none. Each sees the result of those before it. At most 100 commands. Needs the scope `write`.")
        .parameters(&[REF])
        .parameters(&COMMAND)
        .parameters(&METADATA_HEADERS)
        .body("application/json", &schema("Together"), examples::together())
        .response(200, json_response(done, "CustomerAnswer", &COMMAND_HEADERS, Value::Null))
        .problems(&COMMAND_PROBLEMS)
}

fn send_lines() -> Operation {
    let answers = json!({
        "description": "One line for each line of the request, in the same order, as soon as it is known. Each is an `AnswerLine`. A refused line does not stop the others.",
        "headers": header_references(&[]),
        "content": {NDJSON: lines("AnswerLine", &examples::answer_line())},
    });
    Operation::new("sendCommandLines", CUSTOMERS, "Sends commands on many customers, one per line")
        .description("NDJSON in, NDJSON out, of any length. Each line is a `Line`: a separate request with its own condition, idempotency key, actor and reason. A client may send all lines before it reads the answers, as long as these fit into the 64 MiB that a tenant may leave unread. The headers `Idempotency-Key`, `If-Match` and `If-None-Match` are refused with 400 (`invalid_header`), and `dry_run` with 400 (`invalid_query`). Lines on one customer run in order. Needs the scope `write`.")
        .parameters(&METADATA_HEADERS)
        .body_content(NDJSON, &lines("Line", &examples::line()))
        .response(200, answers)
        .problems(&[401, 403, 415, 429, 500, 503])
}

/// A body of lines. Generators know no such type: to them it is a file.
fn lines(of: &str, example: &Value) -> Value {
    let example = format!("{example}\n");
    json!({
        "schema": {"type": "string", "format": "binary"},
        ITEM_SCHEMA: schema(of),
        "example": example,
    })
}

fn get_customer() -> Operation {
    let current = json_response("The customer.", "Customer", &["ETag"], examples::customer());
    read("getCustomer", CUSTOMERS, "Reads a customer, now or in the past", current)
        .description("Without `version` and `as_of`: the current state, which includes every answered command. With one of them: exactly the state of that time. Needs the scope `read`.")
        .parameters(&[REF])
        .parameters(&MOMENT)
}

fn get_tenant() -> Operation {
    let current = json_response("The tenant.", "Tenant", &["ETag"], examples::tenant());
    read("getTenant", TENANT, "Reads the caller's tenant", current)
        .description("Needs the scope `read`.")
}

fn read(id: &str, tag: &str, summary: &str, current: Value) -> Operation {
    let unchanged = json!({
        "description": "The caller has the current version.",
        "headers": header_references(&["ETag"]),
    });
    Operation::new(id, tag, summary)
        .parameters(&[UNLESS_KNOWN])
        .parameters(&METADATA_HEADERS)
        .response(200, current)
        .response(304, unchanged)
        .problems(&READ_PROBLEMS)
}

fn service() -> [(&'static str, Operation); 8] {
    let get = |id, summary, description: &str, content_type: &str| {
        Operation::new(id, SERVICE, summary)
            .open()
            .parameters(&["XRequestId"])
            .response(200, plain(description, content_type))
            .problems(&[500])
    };
    let mut not_ready = plain("Not ready for traffic. The text says why.", "text/plain");
    not_ready["headers"] = header_references(&["Retry-After"]);
    let ready = get(
        "getReadiness",
        "Says whether the service is ready for traffic",
        "Ready for traffic.",
        "text/plain",
    );
    let json = json!({"schema": {"type": "object"}});
    let mut document = plain("This document.", "application/json");
    document["content"] = json!({"application/json": json});
    [
        (
            "/livez",
            get("getLiveness", "Says that the process runs", "The process runs.", "text/plain"),
        ),
        ("/readyz", ready.response(503, not_ready)),
        (
            "/metrics",
            get(
                "getMetrics",
                "Measures the service",
                "Metrics in the Prometheus text format.",
                "text/plain",
            ),
        ),
        (
            "/openapi.json",
            get("getDocument", "Describes the service for programs", "", "application/json")
                .response(200, document),
        ),
        (
            "/docs",
            get(
                "getDocumentation",
                "Describes the service for people",
                "A page without scripts.",
                "text/html",
            ),
        ),
        ("/docs/style.css", get("getStyle", "Styles that page", "A style sheet.", "text/css")),
        ("/problems", get("listProblems", "Lists all kinds of problems", "A page.", "text/html")),
        (
            "/problems/{code}",
            get("getProblem", "Explains a problem: the `type` of an error", "A page.", "text/html")
                .parameters(&[PROBLEM_CODE])
                .problems(&[400, 404]),
        ),
    ]
}
