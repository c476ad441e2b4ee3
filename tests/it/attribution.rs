//! A tenant that requires an actor and a reason for every change.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

const ACTOR: (&str, &str) = ("x-actor", "ada@example.com");
const REASON: (&str, &str) = ("x-reason", "ZD-4711");
const SETTINGS: &str = "/v1/tenant/commands/update-settings";

/// A tenant that requires both, with one customer.
async fn strict() -> TestApp {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let required = json!({ "require_actor": true, "require_reason": true });
    app.post(SETTINGS, &required).await.expect(200);
    app
}

/// A write: method, path and body. `{company}` stands for the tenant's company at Maple.
type Write = (&'static str, String, Value);

/// A write through each API.
fn writes() -> Vec<Write> {
    let one = customer_id(1);
    let name = |name: &str| json!({ "name": name });
    let commands = json!({ "commands": [{ "command": "update-profile", "body": name("A") }] });
    let native = [
        ("/v1/customers".to_owned(), json!({ "profile": name("New") })),
        (format!("/v1/customers/{one}/commands/update-profile"), name("B")),
        (format!("/v1/customers/{one}/commands"), commands),
        (format!("/v1/customers/{one}/commands/undo-event"), json!({ "version": 1 })),
        ("/v1/tenant/commands/rename-tenant".to_owned(), name("Northwind")),
        (SETTINGS.to_owned(), json!({ "require_reason": null })),
    ];
    let tried = native.clone().map(|(path, body)| (format!("{path}?dry_run=true"), body));
    let vendors = [
        ("/compat/metronome/v1/customers".to_owned(), name("New")),
        (format!("/compat/metronome/v1/customers/{one}/setName"), name("C")),
        (
            "/compat/metronome/v1/customFields/addKey".to_owned(),
            json!({ "entity": "customer", "key": "plan", "enforce_uniqueness": false }),
        ),
        ("/compat/flexprice/v1/customers".to_owned(), json!({ "external_id": "x", "name": "New" })),
        ("/compat/telness/customers".to_owned(), name("New")),
        (
            "/compat/maple/api/v1/companies/{company}/customers".to_owned(),
            json!({ "identifier": "m", "name": "New" }),
        ),
    ];
    let posts = native.into_iter().chain(tried).chain(vendors);
    let mut all: Vec<Write> = posts.map(|(path, body)| ("POST", path, body)).collect();
    all.push(("PATCH", format!("/compat/telness/customers/{one}"), name("D")));
    all
}

async fn send(
    app: &TestApp,
    company: &str,
    (method, path, body): &Write,
    headers: &[(&str, &str)],
) -> Reply {
    let method: Method = method.parse().expect("a method");
    let path = path.replace("{company}", company);
    let mut request: Request<Body> = app.request(method, &path, body.to_string());
    if path.starts_with("/compat/telness") {
        let key = app.key.reveal().parse().expect("a header's value");
        request.headers_mut().insert("x-api-key", key);
    }
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().expect("a header's name");
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    app.send(request).await
}

#[tokio::test]
async fn no_write_goes_through_without_the_actor_and_the_reason() {
    let app = strict().await;
    let company = crate::compat::together::company(&app).await;
    let version = |app: TestApp| async move {
        let tenant = app.get("/v1/tenant").await.expect(200).json();
        let customer = app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
        (tenant["version"].clone(), customer.json()["version"].clone())
    };
    let before = version(app.clone()).await;
    for write in writes() {
        for (headers, missing) in
            [(vec![], "X-Actor"), (vec![ACTOR], "X-Reason"), (vec![REASON], "X-Actor")]
        {
            let reply = send(&app, &company, &write, &headers).await;
            let (status, body) = (reply.status.as_u16(), &reply.body);
            // Vendors' clients know one status for all that is wrong with a request.
            let expected = if write.1.starts_with("/compat/") { 400 } else { 422 };
            assert_eq!(status, expected, "{write:?}: {body}");
            assert!(body.contains(missing), "{write:?}: {body}");
        }
    }
    assert_eq!(version(app.clone()).await, before);
    app.settle().await;
    let customers = app.list("/v1/customers", &[], 50).await;
    assert_eq!(customers.len(), 1, "nobody was registered");
    for write in writes() {
        let reply = send(&app, &company, &write, &[ACTOR, REASON]).await;
        let (status, body) = (reply.status.as_u16(), &reply.body);
        let undone = write.1.contains("undo-event");
        assert!(status < 300 || undone && body.contains("registration_stays"), "{write:?}: {body}");
    }
}

#[tokio::test]
async fn each_line_of_many_commands_needs_them() {
    let app = strict().await;
    let line = |name: &str| {
        let body = json!({ "name": name });
        json!({ "command": "update-profile", "customer": customer_id(1), "body": body }).to_string()
    };
    let lines = [line("A"), line("B")].join("\n");
    for (headers, statuses) in [(vec![], [422, 422]), (vec![ACTOR, REASON], [200, 200])] {
        let mut request = app.request(Method::POST, "/v1/commands", lines.clone());
        let headers = headers.into_iter().chain([("content-type", "application/x-ndjson")]);
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().expect("a header's value"));
        }
        let reply = app.send(request).await.expect(200);
        let answers = reply.body.lines();
        let answers = answers.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let found: Vec<_> = answers.map(|answer| answer["status"].clone()).collect();
        assert_eq!(found, statuses);
    }
}

#[tokio::test]
async fn a_refused_request_can_be_sent_again_under_its_key() {
    let app = strict().await;
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    let body = json!({ "name": "Other" });
    let key = ("idempotency-key", "k-1");
    app.post_with(&path, &body, &[key]).await.expect_problem(422, "actor_required");
    app.post_with(&path, &body, &[key, ACTOR]).await.expect_problem(422, "reason_required");
    let done = app.post_with(&path, &body, &[key, ACTOR, REASON]).await.expect(200);
    // A stored answer is repeated, with or without a reason.
    let again = app.post_with(&path, &body, &[key]).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body, done.body);
}

#[tokio::test]
async fn the_requirement_is_of_one_tenant_and_can_be_lifted() {
    let app = strict().await;
    let other = app.another_tenant().await;
    other.register(customer_id(1), "Acme").await;
    let shown = app.get("/v1/tenant").await.expect(200).json();
    assert_eq!(shown["settings"], json!({ "require_actor": true, "require_reason": true }));
    let lifted = json!({ "require_actor": false, "require_reason": null });
    app.post_with(SETTINGS, &lifted, &[ACTOR, REASON]).await.expect(200);
    app.register(customer_id(2), "Acme").await;
}

#[tokio::test]
async fn reads_need_no_reason_and_keep_the_one_that_is_stated() {
    let app = strict().await;
    let path = format!("/v1/customers/{}", customer_id(1));
    app.get(&path).await.expect(200);
    let reader = app.with_key(app.new_key(&[store::api_keys::Scope::Read]).await);
    reader.get_with(&path, &[("x-reason", "call 12")]).await.expect(200);
    reader.get_with(&path, &[("x-reason", "call 13")]).await.expect(200);
    app.get_with(&path, &[ACTOR, ("x-reason", "an audit")]).await.expect(200);
    let mut reasons = Vec::new();
    // The records of a reader without the scope audit come a moment later.
    while reasons.len() < 4 {
        let reads = format!("/v1/audit/reads?customer={}", customer_id(1));
        let reads = app.get(&reads).await.expect(200).json();
        let items = reads["items"].as_array().expect("items").iter();
        let of_customer = items.filter(|item| item["route"] == "/v1/customers/{ref}");
        reasons = of_customer.map(|item| item["reason"].clone()).collect();
    }
    reasons.sort_by_key(Value::to_string);
    assert_eq!(reasons, [json!("an audit"), json!("call 12"), json!("call 13"), Value::Null]);
    let long = "x".repeat(1_001);
    let refused = app.get_with(&path, &[("x-reason", &long)]).await;
    refused.expect_problem(400, "invalid_header");
}
