//! Exports: lists as NDJSON and as CSV.

mod ends;

use axum::body::Body;
use axum::http::{Method, Request, Response};
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id, with_query};
use tower::ServiceExt as _;

const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";

fn request(app: &TestApp, path: &str, accept: &str) -> Request<Body> {
    let mut request = app.request(Method::GET, path, Body::empty());
    request.headers_mut().insert("accept", accept.parse().expect("a value"));
    request
}

/// The beginning of an answer whose body hasn't been read.
async fn open(app: &TestApp, path: &str, accept: &str) -> Response<Body> {
    let Ok(response) = app.router().oneshot(request(app, path, accept)).await;
    response
}

async fn export(app: &TestApp, path: &str, accept: &str) -> Reply {
    app.send(request(app, path, accept)).await
}

/// The documents of an export as NDJSON.
async fn documents(app: &TestApp, path: &str) -> Vec<Value> {
    let reply = export(app, path, NDJSON).await.expect(200);
    assert_eq!(reply.header("content-type"), NDJSON);
    assert!(reply.body.is_empty() || reply.body.ends_with('\n'));
    reply.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The columns and the lines of an export as CSV.
async fn table(app: &TestApp, path: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let reply = export(app, path, CSV).await.expect(200);
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8; header=present");
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(reply.body.as_bytes());
    let mut lines = reader
        .into_records()
        .map(|record| record.expect("a line").iter().map(str::to_owned).collect::<Vec<_>>());
    (lines.next().expect("the columns"), lines.collect())
}

/// Whether a cell stands for a member of a document.
fn stands_for(cell: &str, value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => cell.is_empty(),
        Some(Value::String(text)) if text.starts_with('=') => cell == format!("'{text}"),
        Some(Value::String(text)) => cell == text,
        Some(other) => serde_json::from_str(cell).is_ok_and(|found: Value| found == *other),
    }
}

/// Requires that the lines of a table are these documents.
fn expect_lines((columns, lines): &(Vec<String>, Vec<Vec<String>>), documents: &[Value]) {
    assert_eq!(lines.len(), documents.len());
    for (line, document) in lines.iter().zip(documents) {
        let members = document.as_object().expect("an object");
        let begins = |name: &String| {
            let below = format!("{name}.");
            columns.iter().any(|column| column == name || column.starts_with(&below))
        };
        assert!(members.keys().all(begins), "{columns:?} for {document}");
        for (cell, column) in line.iter().zip(columns) {
            let value = document.pointer(&format!("/{}", column.replace('.', "/")));
            assert!(stands_for(cell, value), "{column} is {cell} of {document}");
        }
    }
}

/// A service with a customer that is on each list, and 450 more, 210 of them its children.
async fn with_lists() -> TestApp {
    let app = TestApp::new().await;
    let parent = customer_id(0);
    let body =
        json!({ "id": parent, "profile": { "name": "=Acme, \"Ltd\"" }, "external_id": "=1+1" });
    app.post("/v1/customers", &body).await.expect(201);
    let register = |number| {
        let body =
            json!({ "id": customer_id(number), "profile": { "name": format!("Child {number}") } });
        json!({ "command": "register-customer", "body": body })
    };
    let adopt = |number| {
        let body = json!({ "parent_customer_id": parent });
        json!({ "customer": customer_id(number), "command": "set-parent", "body": body })
    };
    let lines = (1..=450).map(register).chain((1..=210).map(adopt));
    let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    let mut request = app.request(Method::POST, "/v1/commands", lines.join("\n"));
    request.headers_mut().insert("content-type", NDJSON.parse().expect("a type"));
    let reply = app.send(request).await.expect(200);
    assert!(!reply.body.contains("\"status\":4"), "{}", reply.body);
    let id = parent.to_string();
    let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
    let link = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    let profile = json!({ "id": "card-1", "status": "ACTIVE", "type": "card" });
    for (command, body) in [
        ("add-billing-config", config),
        ("map-integration", link),
        ("attach-payment-profile", profile),
    ] {
        app.command(&id, command, &body).await.expect(200);
    }
    app.settle().await;
    app
}

#[tokio::test]
async fn every_list_can_be_exported_in_each_format() {
    let app = with_lists().await;
    let parent = customer_id(0);
    for (path, asked) in [
        ("/v1/customers".to_owned(), vec![]),
        ("/v1/customers".to_owned(), vec![("search", "child"), ("sort", "-name")]),
        ("/v1/customers".to_owned(), vec![("as_of", "2999-01-01T00:00:00Z")]),
        (format!("/v1/customers/{parent}/children"), vec![]),
        (format!("/v1/customers/{parent}/billing-configs"), vec![]),
        (format!("/v1/customers/{parent}/billing-configs"), vec![("version", "2")]),
        ("/v1/billing-configs".to_owned(), vec![]),
        (
            "/v1/integration-links".to_owned(),
            vec![("provider_type", "crm"), ("provider_entity_id", "7")],
        ),
        (format!("/v1/customers/{parent}/events"), vec![("order", "oldest")]),
        (format!("/v1/customers/{parent}/changes"), vec![]),
        ("/v1/audit".to_owned(), vec![]),
        ("/v1/audit".to_owned(), vec![("type", "ParentSet")]),
    ] {
        let paged = app.list(&path, &asked, 200).await;
        assert!(!paged.is_empty(), "{path}");
        let path = with_query(&path, &asked);
        assert_eq!(documents(&app, &path).await, paged, "{path}");
        expect_lines(&table(&app, &path).await, &paged);
    }
}

#[tokio::test]
async fn lists_without_pages_or_end_can_be_exported() {
    let app = with_lists().await;
    let path = format!("/v1/customers/{}/payment-profiles", customer_id(0));
    let profiles = app.get(&path).await.expect(200).json()["items"].clone();
    assert_eq!(json!(documents(&app, &path).await), profiles);
    expect_lines(&table(&app, &path).await, profiles.as_array().expect("profiles"));

    // With the oldest first, the audit always has a next page. Its export still ends.
    let mut newest = documents(&app, "/v1/audit").await;
    newest.reverse();
    assert!(newest.len() > 600, "{}", newest.len());
    assert_eq!(documents(&app, "/v1/audit?order=oldest").await, newest);
    assert_eq!(table(&app, "/v1/audit?order=oldest").await.1.len(), newest.len());
    let time = newest[500]["recorded_at"].as_str().expect("a time");
    let before = newest.iter().filter(|event| event["recorded_at"].as_str() < Some(time)).count();
    let asked = [("order", "oldest"), ("before", time)];
    assert_eq!(documents(&app, &with_query("/v1/audit", &asked)).await, newest[..before]);
    let page = app.get("/v1/audit?order=oldest&limit=200&type=TenantCreated").await.expect(200);
    let page = page.json();
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let asked = [("order", "oldest"), ("type", "TenantCreated"), ("cursor", cursor)];
    assert_eq!(documents(&app, &with_query("/v1/audit", &asked)).await, [json!(null); 0]);

    // Those reads are recorded; the record of this one is the only new one.
    let reads = documents(&app, "/v1/audit/reads").await;
    assert_eq!(table(&app, "/v1/audit/reads").await.1.len(), reads.len() + 1);
}

#[tokio::test]
async fn an_export_starts_at_a_cursor_and_ends_at_a_limit() {
    let app = with_lists().await;
    let all = documents(&app, "/v1/customers").await;
    let page = app.get("/v1/customers?limit=130").await.expect(200).json();
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let rest = with_query("/v1/customers", &[("cursor", cursor)]);
    assert_eq!(documents(&app, &rest).await, all[130..]);
    assert_eq!(documents(&app, "/v1/customers?limit=7").await, all[..7]);
    // A page of the audit may be short; up to the limit, others follow it.
    assert_eq!(documents(&app, "/v1/audit?limit=200&order=oldest").await.len(), 200);
    for wrong in ["limit=0", "limit=201", "cursor=x", "colour=red"] {
        let reply = export(&app, &format!("/v1/customers?{wrong}"), CSV).await;
        assert_eq!(reply.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn an_empty_export_is_a_header_or_nothing() {
    let app = TestApp::new().await;
    assert_eq!(documents(&app, "/v1/customers").await, [json!(null); 0]);
    let (columns, lines) = table(&app, "/v1/customers").await;
    assert_eq!((&*columns[0], lines.len()), ("id", 0));
    let nobody = format!("/v1/customers/{}/events", customer_id(1));
    export(&app, &nobody, CSV).await.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn json_is_the_default_and_an_unacceptable_format_is_a_406() {
    let app = TestApp::new().await;
    for accept in ["*/*", "application/json", "application/*, text/csv;q=0.1", ""] {
        let reply = export(&app, "/v1/customers", accept).await.expect(200);
        assert_eq!(reply.header("content-type"), "application/json", "{accept}");
    }
    for path in ["/v1/customers", "/v1/billing-configs", "/v1/audit", "/v1/audit/reads"] {
        for accept in ["text/html", "text/csv;q=0", "application/xml, image/*"] {
            export(&app, path, accept).await.expect_problem(406, "not_acceptable");
        }
    }
    // Routes that are not lists ignore `Accept` as before.
    assert_eq!(export(&app, "/v1/tenant", "text/html").await.status, 200);
    assert_eq!(export(&app, "/v1/feed", "text/html").await.status, 200);
}

#[tokio::test]
async fn an_export_records_its_customers_page_by_page() {
    let app = with_lists().await;
    export(&app, "/v1/customers", CSV).await.expect(200);
    let recorded = app.get("/v1/audit/reads").await.expect(200).json();
    let recorded = recorded["items"].as_array().expect("items");
    let count = |read: &Value| read["customers"].as_array().map_or(0, Vec::len);
    assert_eq!(recorded.iter().map(count).collect::<Vec<_>>(), [51, 200, 200]);
    for read in recorded {
        assert_eq!(read["route"], "/v1/customers");
        assert_eq!(read["request_id"], recorded[0]["request_id"]);
    }
}

#[tokio::test]
async fn a_table_of_customers_has_a_cell_for_each_field() {
    let app = TestApp::new().await;
    let body = json!({
        "profile": {
            "name": "Acme", "email": "a@example.com",
            "address": { "line1": "Gasse 1", "city": "Bern" }, "tags": ["a", "b"],
        },
        "metadata": { "segment": "x" },
    });
    app.post("/v1/customers", &body).await.expect(201);
    app.settle().await;
    let (columns, lines) = table(&app, "/v1/customers").await;
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        &*lines[0][at.unwrap_or_else(|| panic!("{name} is not in {columns:?}"))]
    };
    for (name, value) in [
        ("status", "active"),
        ("profile.name", "Acme"),
        ("profile.email", "a@example.com"),
        ("profile.address.line1", "Gasse 1"),
        ("profile.address.city", "Bern"),
        ("profile.address.line2", ""),
        ("profile.tags", r#"["a","b"]"#),
        ("metadata", r#"{"segment":"x"}"#),
        ("payment.auto_pay", ""),
    ] {
        assert_eq!(cell(name), value, "{name}");
    }
    assert!(!columns.iter().any(|column| column == "profile" || column == "payment"));
}
