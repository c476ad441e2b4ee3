//! Many commands in one request: each line its own answer, in order.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use store::{Metadata, Role};
use tests::{Reply, TestApp, customer_id};

fn request(app: &TestApp, body: impl Into<Body>) -> Request<Body> {
    let mut request = app.request(Method::POST, "/v1/commands", body);
    let ndjson = "application/x-ndjson".parse().expect("a content type");
    request.headers_mut().insert("content-type", ndjson);
    request
}

async fn send(app: &TestApp, lines: &[String]) -> Vec<Value> {
    answers(&app.send(request(app, lines.join("\n"))).await.expect(200))
}

fn answers(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let answers: Vec<Value> =
        reply.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (number, answer) in (1..).zip(&answers) {
        assert_eq!(answer["line"], number, "each line in its turn");
    }
    answers
}

fn register(number: u64) -> String {
    let body = json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
    json!({ "command": "register-customer", "body": body }).to_string()
}

fn rename(number: u64, name: &str) -> Value {
    json!({
        "command": "update-profile", "customer": customer_id(number), "body": { "name": name }
    })
}

async fn name(app: &TestApp, number: u64) -> Value {
    app.get(&format!("/v1/customers/{}", customer_id(number))).await.json()["profile"]["name"]
        .clone()
}

#[tokio::test]
async fn commands_on_one_customer_are_executed_in_the_order_of_their_lines() {
    let app = TestApp::new().await;
    let mut lines: Vec<String> = (1..=3).map(register).collect();
    for nth in 0..600 {
        lines.push(rename(nth % 3 + 1, &format!("Name {nth}")).to_string());
    }
    let answers = send(&app, &lines).await;
    assert_eq!(answers.len(), lines.len());
    for (nth, answer) in (0..).zip(&answers[3..]) {
        assert_eq!(
            (&answer["status"], &answer["answer"]["version"]),
            (&json!(200), &json!(nth / 3 + 2))
        );
        let event = &answer["answer"]["events"][0]["event"];
        assert_eq!(event["data"]["name"], format!("Name {nth}"));
    }
    assert_eq!(name(&app, 3).await, "Name 599");
}

#[tokio::test]
async fn an_invalid_line_is_answered_in_its_place_and_stops_no_other() {
    let app = TestApp::new().await;
    let customer = customer_id(1).to_string();
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let bad: Vec<(String, u16, &str)> = vec![
        ("nonsense".to_owned(), 400, "malformed_body"),
        ("[]".to_owned(), 422, "invalid_body"),
        (deep, 400, "malformed_body"),
        (r#"{"command":"a","command":"b"}"#.to_owned(), 400, "malformed_body"),
        ("{}".to_owned(), 422, "invalid_body"),
        (r#"{"command":"no-such"}"#.to_owned(), 404, "unknown_command"),
        (r#"{"command":"archive-customer"}"#.to_owned(), 404, "customer_unknown"),
        (r#"{"command":"archive-customer","customer":"who?"}"#.to_owned(), 404, "customer_unknown"),
        (
            json!({ "command": "update-profile", "customer": customer, "body": { "name": 1 } })
                .to_string(),
            422,
            "invalid_body",
        ),
        (
            json!({ "command": "archive-customer", "customer": customer, "extra": 1 }).to_string(),
            422,
            "invalid_body",
        ),
        (
            json!({ "command": "archive-customer", "customer": customer, "if_match": 9 })
                .to_string(),
            412,
            "version_mismatch",
        ),
        (
            json!({ "command": "archive-customer", "customer": customer, "idempotency_key": "" })
                .to_string(),
            400,
            "invalid_header",
        ),
        (
            json!({ "command": "revert-to", "customer": customer, "body": { "version": 99 } })
                .to_string(),
            422,
            "version_unknown",
        ),
        (
            json!({ "command": "upsert-customer", "customer": "external:acme ",
                    "body": { "profile": { "name": "Acme" } } })
            .to_string(),
            422,
            "invalid_body",
        ),
        (register(1), 409, "customer_exists"),
    ];
    let mut lines = vec![register(1)];
    for (nth, (line, ..)) in bad.iter().enumerate() {
        lines.push(line.clone());
        lines.push(rename(1, &format!("Name {nth}")).to_string());
    }
    let answers = send(&app, &lines).await;
    assert_eq!(answers.len(), lines.len());
    for (pair, (line, status, code)) in answers[1..].chunks(2).zip(&bad) {
        assert_eq!(pair[0]["status"], *status, "{line}: {}", pair[0]);
        assert_eq!(pair[0]["answer"]["code"], *code, "{line}");
        assert_eq!(pair[1]["status"], 200, "after {line}: {}", pair[1]);
    }
}

#[tokio::test]
async fn empty_lines_and_a_missing_final_newline_are_accepted() {
    let app = TestApp::new().await;
    let body = format!("\n{}\r\n  \n{}", register(1), rename(1, "Bolt"));
    let reply = app.send(request(&app, body)).await.expect(200);
    assert_eq!(answers(&reply).len(), 2);
    assert_eq!(name(&app, 1).await, "Bolt");
    assert_eq!(app.send(request(&app, "")).await.expect(200).body, "");
}

#[tokio::test]
async fn a_line_with_a_key_is_executed_once() {
    let app = TestApp::new().await;
    let mut line = rename(1, "Bolt");
    line["idempotency_key"] = json!("line-1");
    let mut other = rename(1, "Other");
    other["idempotency_key"] = json!("line-1");
    let lines = [register(1), line.to_string(), line.to_string(), other.to_string()];
    let answers = send(&app, &lines).await;
    assert_eq!(answers[1].get("replayed"), None);
    assert_eq!(
        (&answers[2]["replayed"], &answers[2]["answer"]),
        (&json!(true), &answers[1]["answer"])
    );
    assert_eq!(answers[3]["answer"]["code"], "idempotency_key_reused");
    assert_eq!(name(&app, 1).await, "Bolt");
}

#[tokio::test]
async fn a_registering_line_and_its_repetition_are_answered_like_the_route() {
    let app = TestApp::new().await;
    let mut line: Value = serde_json::from_str(&register(1)).expect("a line");
    line["idempotency_key"] = json!("line-1");
    let answers = send(&app, &[line.to_string(), line.to_string(), register(2)]).await;
    let statuses: Vec<_> = answers.iter().map(|answer| &answer["status"]).collect();
    assert_eq!(statuses, [201, 201, 201]);
    assert_eq!(answers[1]["replayed"], true);
}

#[tokio::test]
async fn a_line_can_revert_to_a_version_of_an_earlier_line() {
    let app = TestApp::new().await;
    let revert = json!({
        "command": "revert-to", "customer": customer_id(1), "body": { "version": 2 }
    });
    let lines = [
        register(1),
        rename(1, "Two").to_string(),
        rename(1, "Three").to_string(),
        revert.to_string(),
    ];
    let answers = send(&app, &lines).await;
    assert_eq!(answers[3]["answer"]["version"], 4, "{}", answers[3]);
    assert_eq!(name(&app, 1).await, "Two");
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_the_request() {
    let app = TestApp::new().await;
    let padded = |bytes: usize| {
        let line = rename(1, "Bolt").to_string();
        let padding = " ".repeat(bytes - line.len());
        format!("{line}{padding}")
    };
    let fits = send(&app, &[register(1), padded(64 * 1024), rename(1, "Core").to_string()]).await;
    assert_eq!(fits.len(), 3);
    assert_eq!(name(&app, 1).await, "Core");
    let answers = send(&app, &[padded(64 * 1024 + 1), rename(1, "Late").to_string()]).await;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["status"], 413);
    assert_eq!(answers[0]["answer"]["code"], "body_too_large");
    assert_eq!(name(&app, 1).await, "Core");
}

#[tokio::test]
async fn headers_for_single_commands_are_refused_for_lines() {
    let app = TestApp::new().await;
    for name in ["idempotency-key", "if-match", "if-none-match"] {
        let mut request = request(&app, register(1));
        request.headers_mut().insert(name, "*".parse().expect("a value"));
        app.send(request).await.expect_problem(400, "invalid_header");
    }
    let mut tried = request(&app, register(1));
    *tried.uri_mut() = "/v1/commands?dry_run=true".parse().expect("a path");
    app.send(tried).await.expect_problem(400, "invalid_query");
    let json = app.request(Method::POST, "/v1/commands", register(1));
    app.send(json).await.expect_problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_pause_that_is_too_long_is_reported_in_the_last_line() {
    let app = TestApp::new().await;
    let app = app.with_body_timeout(Duration::from_millis(200));
    let chunks = [register(1), "\n".to_owned(), rename(1, "Half").to_string()];
    let chunks = chunks.map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
    let body = Body::from_stream(stream::iter(chunks).chain(stream::pending()));
    let answers = answers(&app.send(request(&app, body)).await.expect(200));
    assert_eq!(answers.len(), 2);
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(201), &json!(408)));
    assert_eq!(name(&app, 1).await, "Acme");
}

#[tokio::test]
async fn revoking_the_key_ends_the_stream_within_a_second() {
    let app = TestApp::new().await;
    let key = app.new_key(&store::api_keys::Scope::OF_TENANT).await;
    let caller = app.with_key(key.clone());
    let lines = stream::unfold(0, move |nth| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let line =
            if nth == 0 { register(1) } else { rename(1, &format!("Name {nth}")).to_string() };
        Some((Ok::<_, Infallible>(Bytes::from(line + "\n")), nth + 1))
    });
    // Five seconds of lines, were it not for the revocation after a quarter of a second.
    let sent = caller.send(request(&caller, Body::from_stream(lines.take(100))));
    let revoked = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let options = &app.database.options;
        let mut connection = store::connect(options, Role::KeyAdmin).await.expect("a connection");
        assert!(
            store::api_keys::revoke(&mut connection, key.id(), Metadata::new())
                .await
                .expect("a revocation")
        );
    };
    let (reply, ()) = tokio::join!(sent, revoked);
    let answers = answers(&reply.expect(200));
    let (last, before) = answers.split_last().expect("answers");
    assert_eq!((&last["status"], &last["answer"]["code"]), (&json!(401), &json!("unauthorized")));
    assert!(before.iter().all(|answer| answer["answer"]["code"].is_null()), "{before:?}");
    assert!((1..60).contains(&before.len()), "{} lines were accepted", before.len());
    assert_eq!(name(&app, 1).await, format!("Name {}", before.len() - 1));
}

#[tokio::test]
async fn each_line_can_have_its_own_actor_and_reason() {
    let app = TestApp::new().await;
    let mut line = rename(1, "Bolt");
    line["actor"] = json!("ada");
    line["reason"] = json!("ticket 7");
    let mut twice = rename(1, "Core");
    twice["reason"] = json!("ticket 8");
    let mut posing = rename(1, "Dent");
    posing["actor"] = json!("0123456789abcdef");
    let mut blank = rename(1, "Dent");
    blank["reason"] = json!(" ");
    let lines =
        [register(1), line.to_string(), twice.to_string(), posing.to_string(), blank.to_string()];
    let mut request = request(&app, lines.join("\n"));
    request.headers_mut().insert("x-actor", "grace".parse().expect("a header's value"));
    let answers = answers(&app.send(request).await.expect(200));
    let statuses: Vec<_> = answers.iter().map(|answer| answer["status"].clone()).collect();
    assert_eq!(statuses, [201, 200, 200, 422, 422]);
    assert_eq!(answers[3]["answer"]["errors"][0]["pointer"], "/actor");
    assert_eq!(answers[4]["answer"]["errors"][0]["pointer"], "/reason");
    app.settle().await;
    let path = format!("/v1/customers/{}/events?order=oldest", customer_id(1));
    let events = app.get(&path).await.expect(200).json();
    let who: Vec<_> = events["items"].as_array().expect("events").iter().collect();
    let who = who.iter().map(|event| (event["actor"].clone(), event["reason"].clone()));
    let expected = [
        (json!("grace"), Value::Null),
        (json!("ada"), json!("ticket 7")),
        (json!("grace"), json!("ticket 8")),
    ];
    assert_eq!(who.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_byte_order_mark_before_the_first_line_is_skipped() {
    let app = TestApp::new().await;
    let marked = format!("\u{feff}{}", register(1));
    let answers = send(&app, &[marked.clone(), rename(1, "Bolt").to_string()]).await;
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(201), &json!(200)));
    let answers = send(&app, &[register(2), marked]).await;
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(201), &json!(400)));
}
