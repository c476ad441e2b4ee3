//! Metadata of requests that events keep.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, Method};
use serde_json::json;
use tests::{TestApp, customer_id};

async fn latest(app: &TestApp) -> BTreeMap<String, String> {
    let mut connection = app.database.connect().await;
    let metadata: String = sqlx::query_scalar(
        "select metadata::text from events where aggregate_type = 'customer'
          order by position desc limit 1",
    )
    .fetch_one(&mut connection)
    .await
    .expect("an event");
    serde_json::from_str(&metadata).expect("a flat object of strings")
}

#[tokio::test]
async fn an_event_keeps_its_actor_reason_and_origin() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    let said = [
        ("x-actor", "åsa@acme.test"),
        ("x-reason", "moved to another house"),
        ("x-request-id", "req-7"),
        ("x-correlation-id", "corr-7"),
        ("x-causation-id", "cause-7"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("user-agent", "billing/2.1"),
    ];
    app.post_with(&path, &json!({ "name": "Bolt" }), &said).await.expect(200);
    let kept = latest(&app).await;
    for (name, value) in [
        ("actor", "åsa@acme.test"),
        ("reason", "moved to another house"),
        ("request_id", "req-7"),
        ("correlation_id", "corr-7"),
        ("causation_id", "cause-7"),
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("user_agent", "billing/2.1"),
        ("api_key", app.key.id()),
        ("surface", "native"),
        ("command", "update-profile"),
        ("application_version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(kept.get(name).map(String::as_str), Some(value), "{name}");
    }
    let read = app.get(&format!("/v1/customers/{}", customer_id(1))).await.json();
    assert_eq!(read["updated_by"], "åsa@acme.test");
    assert_eq!(read["created_by"], app.key.id(), "without an actor it was the key");
}

#[tokio::test]
async fn events_of_commands_sent_together_name_all_commands() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}/commands", customer_id(1));
    let body = json!({ "commands": [
        { "command": "update-profile", "body": { "name": "Bolt" } },
        { "command": "archive-customer" },
    ] });
    app.post(&path, &body).await.expect(200);
    let command = latest(&app).await.remove("command");
    assert_eq!(command.as_deref(), Some("update-profile,archive-customer"));
}

#[tokio::test]
async fn an_event_has_the_caller_s_network_address() {
    let app = TestApp::new().await;
    let address = app.serve().await;
    let response = reqwest::Client::new()
        .post(format!("http://{address}/v1/customers"))
        .bearer_auth(app.key.reveal())
        .json(&json!({ "profile": { "name": "Acme" } }))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 201);
    assert_eq!(latest(&app).await["client_address"], "127.0.0.1");
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let app = TestApp::new().await;
    for path in ["/livez", "/v1/tenant", "/v1/nowhere"] {
        let mut request = app.request(Method::GET, path, Body::empty());
        request.headers_mut().insert("x-request-id", HeaderValue::from_static("req-9"));
        assert_eq!(app.send(request).await.header("x-request-id"), "req-9", "{path}");
        let (one, two) = (app.get(path).await, app.get(path).await);
        assert_eq!(one.header("x-request-id").len(), 36, "{path}");
        assert_ne!(one.header("x-request-id"), two.header("x-request-id"), "{path}");
    }
    let problem = app.get("/v1/nowhere").await;
    let instance = format!("/requests/{}", problem.header("x-request-id"));
    assert_eq!(problem.json()["instance"], instance);
}

#[tokio::test]
async fn metadata_that_cannot_be_stored_exactly_is_refused() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    for (name, chars_max) in [
        ("x-request-id", 128),
        ("x-actor", 256),
        ("x-reason", 1_000),
        ("x-correlation-id", 128),
        ("x-causation-id", 128),
    ] {
        let (fits, long) = ("é".repeat(chars_max), "é".repeat(chars_max + 1));
        for (value, fits) in [
            (fits.as_bytes(), true),
            (long.as_bytes(), false),
            (b"", false),
            (b"\xff", false),
            (b"a\tb", false),
            ("\u{200b}\u{2800}".as_bytes(), false),
            ("a\u{202e}b".as_bytes(), ["x-reason", "x-request-id"].contains(&name)),
        ] {
            let path = format!("/v1/customers/{}/commands/archive-customer", customer_id(1));
            let value = HeaderValue::from_bytes(value).expect("a header's value");
            for mut request in [
                app.request(Method::POST, &path, "{}"),
                app.request(Method::GET, "/v1/tenant", Body::empty()),
            ] {
                request.headers_mut().insert(name, value.clone());
                let reply = app.send(request).await;
                if fits {
                    reply.expect(200);
                } else {
                    let refused = reply.expect_problem(400, "invalid_header");
                    assert!(refused.header("x-request-id").len() == 36, "an id of ours");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_actor_and_a_reason_are_found_in_each_spelling() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    let said = [("x-actor", "Rene\u{301}"), ("x-reason", "de\u{301}me\u{301}nagement")];
    app.post_with("/v1/customers", &body, &said).await.expect(201);
    app.settle().await;
    for spelling in ["Ren\u{e9}", "Rene\u{301}"] {
        for path in ["/v1/audit".to_owned(), format!("/v1/customers/{}/changes", customer_id(1))] {
            let found = app.get(&tests::with_query(&path, &[("actor", spelling)])).await;
            assert_ne!(found.expect(200).json()["items"], json!([]), "{path} {spelling}");
        }
    }
    let by_reason = tests::with_query("/v1/audit", &[("reason", "de\u{301}m\u{e9}nagement")]);
    assert_ne!(app.get(&by_reason).await.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn an_unreadable_traceparent_is_ignored() {
    let app = TestApp::new().await;
    let body = json!({ "profile": { "name": "Acme" } });
    app.post_with("/v1/customers", &body, &[("traceparent", "nonsense")]).await.expect(201);
    assert_eq!(latest(&app).await.get("trace_id"), None);
}
