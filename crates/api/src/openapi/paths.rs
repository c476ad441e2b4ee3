//! Every path, in the order in which a reader wants them.

use serde_json::{Value, json};

use super::about::{CUSTOMER_COMMANDS, CUSTOMERS, SERVICE, TENANT};
use super::operation::{Operation, camel_case};
use super::parameters::{COMMAND, MOMENT, REF, TOLD, UNLESS_KNOWN};
use super::responses::{header_references, json_response};
use super::schemas::{Described, Schemas, schema};
use super::{Paths, admin, audit, examples, history, lists, log};

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
    let tried = "On a dry run: it could be registered. `state` is what would be.";
    Operation::new("registerCustomer", CUSTOMERS, command.summary)
        .description("The caller may choose the id. Needs the scope `write`.")
        .body("application/json", &command.body, examples::customer_command(command.name))
        .parameters(&COMMAND)
        .parameters(&TOLD)
        .response(200, json_response(tried, "CustomerAnswer", &[], Value::Null))
        .response(201, json_response("Registered.", "CustomerAnswer", &headers, answer))
        .problems(&COMMAND_PROBLEMS)
}

fn send_command(command: &Described, tag: &str, answer: &str, example: Value) -> Operation {
    let committed = match command.name {
        "update-profile" => examples::profile_updated(),
        _ => Value::Null,
    };
    let done = "Done, or it was so already: then there are no events.";
    Operation::new(&camel_case(command.name), tag, command.summary)
        .body("application/json", &command.body, example)
        .parameters(&COMMAND)
        .parameters(&TOLD)
        .response(200, json_response(done, answer, &COMMAND_HEADERS, committed))
        .problems(&COMMAND_PROBLEMS)
}

fn send_commands() -> Operation {
    let done = "All of them are done.";
    Operation::new("sendCommands", CUSTOMERS, "Sends several commands on one customer")
        .description("All of them happen, or none. Each is decided on what those before it made. Needs the scope `write`.")
        .parameters(&[REF])
        .parameters(&COMMAND)
        .parameters(&TOLD)
        .body("application/json", &schema("Together"), examples::together())
        .response(200, json_response(done, "CustomerAnswer", &COMMAND_HEADERS, Value::Null))
        .problems(&COMMAND_PROBLEMS)
}

fn send_lines() -> Operation {
    let answers = json!({
        "description": "A line per line, in the same order, each as soon as it is known. The schema is that of a line; a refused line does not stop the others.",
        "headers": header_references(&[]),
        "content": {"application/x-ndjson": {"schema": schema("AnswerLine"), "example": examples::answer_line()}},
    });
    Operation::new("sendCommandLines", CUSTOMERS, "Sends commands on many customers, one a line")
        .description("NDJSON in, NDJSON out, for as long as it takes. The schema is that of a line. Each line is a request of its own, with its own condition and idempotency key: the headers `Idempotency-Key`, `If-Match` and `If-None-Match` are refused with 400 (`invalid_header`), and so is `dry_run` (`invalid_query`). Lines on one customer are done in their order. Needs the scope `write`.")
        .parameters(&TOLD)
        .body("application/x-ndjson", &schema("Line"), examples::line())
        .response(200, answers)
        .problems(&[401, 403, 415, 429, 500, 503])
}

fn get_customer() -> Operation {
    let current = json_response("The customer.", "Customer", &["ETag"], examples::customer());
    read("getCustomer", CUSTOMERS, "Reads a customer as it is, or as it was", current)
        .description("As of the latest command that was answered, or at the version or instant that is asked for: then exactly what was answered at that time. Needs the scope `read`.")
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
        "description": "The caller has this version.",
        "headers": header_references(&["ETag"]),
    });
    Operation::new(id, tag, summary)
        .parameters(&[UNLESS_KNOWN])
        .parameters(&TOLD)
        .response(200, current)
        .response(304, unchanged)
        .problems(&READ_PROBLEMS)
}

fn service() -> [(&'static str, Operation); 6] {
    let get = |id, summary, description: &str, content_type: &str| {
        Operation::new(id, SERVICE, summary)
            .open()
            .parameters(&["XRequestId"])
            .response(200, plain(description, content_type))
            .problems(&[500])
    };
    let mut not_ready = plain("Send requests elsewhere; the text says why.", "text/plain");
    not_ready["headers"] = header_references(&["Retry-After"]);
    let ready = get(
        "getReadiness",
        "Says whether requests should be sent here",
        "They should.",
        "text/plain",
    );
    let json = json!({"schema": {"type": "object"}});
    let mut document = plain("This document.", "application/json");
    document["content"] = json!({"application/json": json});
    [
        ("/livez", get("getLiveness", "Says that the process runs", "It does.", "text/plain")),
        ("/readyz", ready.response(503, not_ready)),
        (
            "/metrics",
            get("getMetrics", "Measures the service", "In Prometheus's text format.", "text/plain"),
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
        (
            "/docs/style.css",
            get("getStyle", "Makes that page readable", "A style sheet.", "text/css"),
        ),
    ]
}

pub(super) fn plain(description: &str, content_type: &str) -> Value {
    json!({
        "description": description,
        "headers": header_references(&[]),
        "content": {content_type: {"schema": {"type": "string"}}},
    })
}
