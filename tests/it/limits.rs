//! Limits of a key, a tenant and all callers.

use std::num::NonZeroU32;
use std::pin::pin;
use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use http::{App, RequestLimits, Settings};
use serde_json::json;
use server::keys::KeyLimits;
use store::Role;
use store::api_keys::Scope;
use tests::{Reply, TestApp, customer_id};

/// The service, called with a key with this rate per second.
async fn with_rate(rate: u32) -> TestApp {
    let app = TestApp::new().await;
    let mut connection =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a connection");
    let limits = KeyLimits { requests_per_second: NonZeroU32::new(rate), ..KeyLimits::default() };
    let scopes = &Scope::OF_TENANT;
    let key = server::keys::create_key(&mut connection, app.tenant, "slow", scopes, limits).await;
    app.with_key(key.expect("a key"))
}

/// An instance with these limits for a tenant and for all.
fn taking(app: &TestApp, of_tenant: usize, of_all: usize) -> TestApp {
    let requests = RequestLimits { of_tenant, of_all, ..RequestLimits::default() };
    let settings = Settings { requests, ..Settings::default() };
    app.at(App::new(app.store.clone(), settings))
}

/// Sends the same read this many times concurrently. The key is cached by then.
async fn at_once(app: &TestApp, path: &str, times: usize) -> Vec<Reply> {
    app.get(path).await.expect(200);
    join_all((0..times).map(|_| app.get(path))).await
}

fn count(replies: &[Reply], status: StatusCode) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

#[tokio::test]
async fn a_key_with_a_rate_gets_its_rest_in_headers_and_429_beyond_it() {
    let app = with_rate(2).await;
    let first = app.get("/v1/tenant").await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), r#""key";q=2;w=1"#);
    assert_eq!(first.header("ratelimit"), r#""key";r=1;t=1"#);
    let replies = join_all((0..4).map(|_| app.get("/v1/tenant"))).await;
    let refused = replies.iter().find(|reply| reply.status == StatusCode::TOO_MANY_REQUESTS);
    let refused = refused.expect("more than two in a second");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.header("ratelimit").starts_with(r#""key";r=0;"#));
    refused.clone().expect_problem(429, "rate_limited");
}

#[tokio::test]
async fn a_rate_limited_request_does_not_use_its_idempotency_key() {
    let app = with_rate(1).await;
    let register = || async {
        let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
        app.post_with("/v1/customers", &body, &[("idempotency-key", "once")]).await
    };
    app.get("/v1/tenant").await.expect(200);
    register().await.expect_problem(429, "rate_limited");
    let registered = loop {
        let reply = register().await;
        if reply.status != StatusCode::TOO_MANY_REQUESTS {
            break reply.expect(201);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(registered.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_vendor_s_client_gets_rate_errors_in_the_vendor_s_format() {
    let app = with_rate(1).await;
    app.get("/v1/tenant").await.expect(200);
    let refused = app.get("/compat/metronome/v1/customers").await.expect(429);
    assert!(refused.json()["message"].is_string());
    assert_eq!(refused.header("ratelimit-policy"), r#""key";q=1;w=1"#);
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_tenant_s_flood_waits_in_its_own_bounded_queue() {
    let app = taking(&TestApp::new().await, 1, 100);
    let replies = at_once(&app, "/v1/customers", 10).await;
    // One in progress and three that wait for their turn.
    assert!(count(&replies, StatusCode::OK) >= 4);
    for reply in replies {
        if reply.status != StatusCode::OK {
            assert_eq!(reply.header("retry-after"), "1");
            reply.expect_problem(429, "too_many_requests");
        }
    }
}

#[tokio::test]
async fn another_tenant_does_not_wait_in_that_queue() {
    let app = TestApp::new().await;
    let neighbour = app.another_tenant().await;
    let app = taking(&app, 1, 100);
    let neighbour = app.with_key(neighbour.key);
    neighbour.get("/v1/customers").await.expect(200);
    let flood = at_once(&app, "/v1/customers", 20);
    let (flood, reply) = tokio::join!(flood, neighbour.get("/v1/customers"));
    assert_eq!(reply.status, StatusCode::OK);
    assert!(count(&flood, StatusCode::TOO_MANY_REQUESTS) > 0);
}

#[tokio::test]
async fn an_overloaded_instance_answers_503_and_still_serves_health() {
    let app = taking(&TestApp::new().await, 100, 2);
    let replies = at_once(&app, "/v1/customers", 10).await;
    let overloaded: Vec<_> =
        replies.into_iter().filter(|reply| reply.status != StatusCode::OK).collect();
    assert!(!overloaded.is_empty());
    for reply in overloaded {
        reply.expect_problem(503, "overloaded");
    }
    let (read, health) = tokio::join!(at_once(&app, "/v1/customers", 2), app.get("/livez"));
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(count(&read, StatusCode::OK), 2);
}

#[tokio::test]
async fn a_waiting_feed_reader_does_not_use_a_request_permit() {
    let app = taking(&TestApp::new().await, 1, 100);
    app.get("/v1/tenant").await.expect(200);
    let mut waiting = pin!(app.get("/v1/feed?from=now&wait=2"));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err(), "it doesn't wait: {early:?}");
    let (news, read) = tokio::join!(waiting, app.get("/v1/customers"));
    assert_eq!((news.status, read.status), (StatusCode::OK, StatusCode::OK));
}
