//! A repeated request is executed once and gets the same bytes.

use axum::http::HeaderMap;
use serde_json::json;
use sqlx::query_scalar;
use tests::{HeldHead, Reply, TestApp};

use super::{customer, request};

async fn send(app: &TestApp, path: &str, body: &str, key: &str) -> Reply {
    let method = if path == "/customers" { "POST" } else { "PUT" };
    app.send(request(app, (method, path), body.to_owned(), Some(key))).await
}

/// The headers without those that differ between requests.
fn kept(reply: &Reply) -> HeaderMap {
    let mut headers = reply.headers.clone();
    headers.remove("x-request-id");
    headers
}

#[track_caller]
fn assert_same(again: &Reply, first: &Reply) {
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(kept(again), kept(first));
}

async fn customers(app: &TestApp) -> i64 {
    let mut connection = app.database.connect().await;
    query_scalar("select count(*) from customers")
        .fetch_one(&mut connection)
        .await
        .expect("a count")
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_and_is_executed_once() {
    let app = TestApp::new().await;
    let body = r#"{"name": "Acme", "referenceId": "acme"}"#;
    let first = send(&app, "/customers", body, "k1").await.expect(201);
    assert_same(&send(&app, "/customers", body, "k1").await, &first);
    // Refusals by rules are stored, too.
    let refused = send(&app, "/customers", body, "k2").await.expect(409);
    let id = first.json()["customerId"].as_str().expect("an id").to_owned();
    let path = format!("/customers/{id}");
    send(&app, &path, r#"{"referenceId": null}"#, "k3").await.expect(200);
    assert_same(&send(&app, "/customers", body, "k2").await, &refused);
    assert_same(&send(&app, "/customers", body, "k1").await, &first);
    let another = app.another_instance().await;
    let another = another.with_key(app.key.clone());
    assert_same(&send(&another, "/customers", body, "k1").await, &first);
    assert_eq!(customers(&app).await, 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_does_not_match() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    let path = format!("/customers/{id}/billing");
    send(&app, &path, r#"{"currency":"USD"}"#, "key").await.expect(200);
    // One different byte is enough, also in the query.
    for (path, body) in [
        (path.clone(), r#"{"currency":"SEK"}"#),
        (path.clone(), r#"{"currency": "USD"}"#),
        (format!("{path}?x=1"), r#"{"currency":"USD"}"#),
        ("/customers".to_owned(), r#"{"currency":"USD","name":"Acme"}"#),
    ] {
        let refused = send(&app, &path, body, "key").await.expect(409);
        assert_eq!(refused.header("x-should-retry"), "false");
        assert_eq!(refused.json()["code"], "idempotency_key_mismatch");
        assert!(refused.json()["hint"].is_string());
    }
    send(&app, &path, r#"{"currency":"USD"}"#, "key").await.expect(200);
}

#[tokio::test]
async fn a_request_in_progress_locks_its_key() {
    let app = TestApp::new().await;
    let id = customer(&app).await;
    let path = format!("/customers/{id}/billing");
    let mut head = HeldHead::of(&app).await;
    let first = tokio::spawn({
        let (app, path) = (app.clone(), path.clone());
        async move { send(&app, &path, r#"{"currency":"USD"}"#, "key").await }
    });
    head.until_blocked(1).await;
    let locked = send(&app, &path, r#"{"currency":"USD"}"#, "key").await.expect(409);
    assert_eq!(locked.json()["code"], "idempotency_key_locked");
    assert_eq!(locked.header("x-should-retry"), "true");
    let other = send(&app, &path, r#"{"currency":"SEK"}"#, "key").await.expect(409);
    assert_eq!(other.json()["code"], "idempotency_key_mismatch");
    assert_eq!(other.header("x-should-retry"), "false");
    head.let_go().await;
    let first = first.await.expect("an answer").expect(200);
    assert_same(&send(&app, &path, r#"{"currency":"USD"}"#, "key").await, &first);
}

#[tokio::test]
async fn a_key_has_1_to_256_characters() {
    let app = TestApp::new().await;
    let body = json!({"name": "Acme"}).to_string();
    for key in ["", &"k".repeat(257)] {
        let refused = send(&app, "/customers", &body, key).await.expect(400).json();
        let message = refused["message"].as_str().expect("a message");
        assert!(message.contains("X-Idempotency-Key"), "{message}");
    }
    assert_eq!(customers(&app).await, 0);
    send(&app, "/customers", &body, &"k".repeat(256)).await.expect(201);
}
