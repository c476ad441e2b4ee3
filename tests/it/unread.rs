//! Unread answers hold their permits, and their bytes are limited.

mod pages;
mod slow_peers;
mod states;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use http::{App, RequestLimits, Settings};
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};
use tower::ServiceExt as _;

/// The approximate size of a customer's metadata.
const LARGE: usize = 48_000;

/// An instance with these limits.
fn limited(app: &TestApp, requests: RequestLimits) -> TestApp {
    app.at(App::new(app.store.clone(), Settings { requests, ..Settings::default() }))
}

/// An instance with this limit of unread bytes for a tenant.
fn leaving(app: &TestApp, unsent_bytes_of_tenant: usize) -> TestApp {
    limited(app, RequestLimits { unsent_bytes_of_tenant, ..RequestLimits::default() })
}

/// A registration of a customer whose state has at least [`LARGE`] bytes.
fn large(number: u64) -> Value {
    let metadata: serde_json::Map<_, _> =
        (0..LARGE / 1_000).map(|key| (format!("k{key}"), json!("x".repeat(1_000)))).collect();
    json!({ "id": customer_id(number), "profile": { "name": "Large" }, "metadata": metadata })
}

/// A service whose tenant has this many large customers.
async fn with_large_customers(count: u64) -> TestApp {
    let app = TestApp::new().await;
    for number in 1..=count {
        app.post("/v1/customers", &large(number)).await.expect(201);
    }
    app.settle().await;
    app
}

/// An answer whose body isn't read as long as this value lives.
async fn unread(app: &TestApp, path: &str) -> Response<Body> {
    let request = app.request(Method::GET, path, Body::empty());
    let Ok(response) = app.router().oneshot(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    response
}

#[tokio::test]
async fn an_unread_answer_keeps_its_permit() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let of_tenant = RequestLimits { of_tenant: 1, ..RequestLimits::default() };
    let app = limited(&app, of_tenant);
    for path in [
        "/v1/customers",
        "/v1/tenant",
        "/v1/feed",
        &format!("/v1/customers/{}", customer_id(1)),
        &format!("/v1/customers/{}/events", customer_id(1)),
        "/compat/metronome/v1/customers",
    ] {
        let response = unread(&app, path).await;
        let refused = app.get("/v1/tenant").await.expect_problem(429, "too_many_requests");
        assert_eq!(refused.header("retry-after"), "1", "{path}");
        let reply = Reply::read(response).await;
        assert!(!reply.body.is_empty(), "{path}");
        app.get("/v1/tenant").await.expect(200);
    }
}

#[tokio::test]
async fn a_dropped_answer_returns_its_permit() {
    let app = TestApp::new().await;
    let app = limited(&app, RequestLimits { of_all: 1, ..RequestLimits::default() });
    let response = unread(&app, "/v1/tenant").await;
    app.get("/v1/tenant").await.expect_problem(503, "overloaded");
    drop(response);
    app.get("/v1/tenant").await.expect(200);
}

#[tokio::test]
async fn a_tenant_s_unread_bytes_are_limited_without_affecting_another_tenant() {
    let app = with_large_customers(4).await;
    let neighbour = app.another_tenant().await;
    let app = leaving(&app, 5 * LARGE);
    let neighbour = app.with_key(neighbour.key);
    let first = unread(&app, "/v1/customers").await;
    for path in [
        "/v1/customers",
        "/v1/customers?as_of=2999-01-01T00:00:00Z",
        "/v1/feed",
        "/v1/audit",
        "/compat/flexprice/v1/customers",
    ] {
        let refused = app.get(path).await.expect(429);
        assert_eq!(refused.header("retry-after"), "1", "{path}");
    }
    app.get("/v1/customers").await.expect_problem(429, "too_many_bytes");
    // Small answers are not counted.
    app.get("/v1/tenant").await.expect(200);
    neighbour.get("/v1/customers").await.expect(200);
    drop(first);
    app.get("/v1/customers").await.expect(200);
}

#[tokio::test]
async fn unread_bytes_of_all_tenants_are_limited_with_room_for_the_next_tenant() {
    let app = with_large_customers(4).await;
    let neighbour = app.another_tenant().await;
    let unsent_bytes_of_all = 10 * LARGE;
    let app = limited(&app, RequestLimits { unsent_bytes_of_all, ..RequestLimits::default() });
    let neighbour = app.with_key(neighbour.key);
    for number in 1..=4 {
        neighbour.post("/v1/customers", &large(number)).await.expect(201);
    }
    neighbour.settle().await;
    let _unread = unread(&app, "/v1/customers").await;
    app.get("/v1/customers").await.expect_problem(503, "overloaded");
    neighbour.get("/v1/customers").await.expect(200);
}

#[tokio::test]
async fn an_export_waits_for_the_tenant_s_other_answers_to_be_read() {
    let app = with_large_customers(4).await;
    let app = leaving(&app, 5 * LARGE);
    let first = unread(&app, "/v1/customers").await;
    let accept = [("accept", "application/x-ndjson")];
    let mut export = Box::pin(app.get_with("/v1/customers", &accept));
    assert!(futures::poll!(&mut export).is_pending());
    let page = Reply::read(first).await;
    assert_eq!(page.json()["items"].as_array().map(Vec::len), Some(4));
    let whole = export.await.expect(200);
    assert_eq!(whole.body.lines().count(), 4);
}

#[tokio::test]
async fn a_stored_command_is_answered_beyond_the_limit_of_unread_bytes() {
    let app = with_large_customers(4).await;
    let app = leaving(&app, 5 * LARGE);
    let first = unread(&app, "/v1/customers").await;
    let path = format!("/v1/customers/{}/commands/update-profile?dry_run=true", customer_id(1));
    let mut later = app.request(Method::POST, &path, json!({"name": "Larger"}).to_string());
    later.headers_mut().insert("if-match", "*".parse().expect("a value"));
    let Ok(answered) = app.router().oneshot(later).await;
    assert_eq!(answered.status(), StatusCode::OK);
    drop((first, answered));
    app.get("/v1/customers").await.expect(200);
}
