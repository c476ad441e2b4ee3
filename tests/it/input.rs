//! Invalid input: each case with its status, and no value of it in the answer.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Request};
use futures::{StreamExt as _, stream};
use tests::{Reply, TestApp, customer_id};

/// Part of every invalid value, and of no answer.
const CANARY: &str = "c4n4ry";

async fn with_customer() -> TestApp {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app
}

fn update(app: &TestApp, body: impl Into<Body>) -> Request<Body> {
    let path = format!("/v1/customers/{}/commands/update-profile", customer_id(1));
    app.request(Method::POST, &path, body)
}

/// Requires this problem, without any sent value.
#[track_caller]
fn assert_refused(reply: Reply, status: u16, code: &str, what: &str) -> Reply {
    assert_eq!(reply.status, status, "{what}: {}", reply.body);
    let reply = reply.expect_problem(status, code);
    assert!(!reply.body.contains(CANARY), "{what}: {}", reply.body);
    for (name, value) in &reply.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(!value.contains(CANARY), "{what}: {name}");
    }
    reply
}

#[tokio::test]
async fn bytes_that_are_not_strict_json_are_malformed() {
    let app = with_customer().await;
    let text = |text: &str| text.replace("canary", CANARY).into_bytes();
    let nested = |levels: usize| {
        text(&format!(r#"{{"field":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1)))
    };
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a half", text(r#"{"name":"canary"#)),
        ("a comma too many", text(r#"{"name":"canary",}"#)),
        ("single quotes", text("{'name':'canary'}")),
        ("a comment", text(r#"{"name":"canary"} // hello"#)),
        ("two documents", text(r#"{"name":"canary"}{}"#)),
        ("NaN", text(r#"{"name":NaN}"#)),
        ("a second byte order mark", "\u{feff}\u{feff}{}".as_bytes().to_vec()),
        ("not UTF-8", b"{\"name\":\"c4n4ry\xff\"}".to_vec()),
        ("an overlong slash", b"{\"name\":\"c4n4ry\xc0\xaf\"}".to_vec()),
        ("UTF-16", r#"{"name":"x"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("half a surrogate pair", text(r#"{"name":"canary\ud800"}"#)),
        ("a surrogate pair the wrong way", text(r#"{"name":"canary\udc00\ud800"}"#)),
        ("a raw control character", text("{\"name\":\"canary\u{1}\"}")),
        ("a raw line feed", text("{\"name\":\"canary\n\"}")),
        ("U+0000", text(r#"{"name":"canary\u0000"}"#)),
        ("U+0000 in a name", text(r#"{"canary\u0000":1}"#)),
        ("33 levels", nested(33)),
        ("10,000 levels", nested(10_000)),
        ("a name twice", text(r#"{"name":"canary","name":"canary2"}"#)),
        ("a name twice, spelt otherwise", text(r#"{"name":"canary","n\u0061me":"canary2"}"#)),
        ("a name twice, deeper", text(r#"{"address":{"city":"canary","city":"canary2"}}"#)),
        ("a name twice in a list", text(r#"{"users":[{"user_id":"canary","user_id":"b"}]}"#)),
    ];
    for (what, body) in rows {
        let reply = app.send(update(&app, body)).await;
        let refused = reply.body.clone();
        assert_refused(reply, 400, "malformed_body", what);
        assert!(refused.len() < 1_000, "{what}: {} bytes of answer", refused.len());
    }
    app.send(update(&app, nested(32))).await.expect_problem(422, "invalid_body");
    let read = app.get(&format!("/v1/customers/{}", customer_id(1))).await;
    assert_eq!(read.json()["version"], 1, "nothing of it was stored");
}

#[tokio::test]
async fn invalid_values_are_named_by_pointer_and_not_repeated() {
    let app = with_customer().await;
    let rows = [
        (r#"{"name":9007199254740992}"#, "/name"),
        (r#"{"name":-9007199254740992}"#, "/name"),
        (r#"{"name":18446744073709551617}"#, "/name"),
        (r#"{"name":1.5}"#, "/name"),
        (r#"{"name":1.0}"#, "/name"),
        (r#"{"name":1e400}"#, "/name"),
        (r#"{"name":42}"#, "/name"),
        (r#"{"name":true}"#, "/name"),
        (r#"{"name":{"a":"canary"}}"#, "/name"),
        (r#"{"name":["canary"]}"#, "/name"),
        (r#"{"name":null}"#, "/name"),
        (r#"{"name":""}"#, "/name"),
        (r#"{"name":"canary\u0007"}"#, "/name"),
        (r#"{"email":"canary"}"#, "/email"),
        (r#"{"address":{"country":"canary"}}"#, "/address/country"),
        (r#"{"address":"canary"}"#, "/address"),
        (r#"["canary"]"#, ""),
        (r#"{"address":["canary"]}"#, "/address"),
        (r#"{"users":[["canary"]]}"#, "/users/0"),
        (r#"{"type":"canary"}"#, "/type"),
        (r#"{"timezone":"canary"}"#, "/timezone"),
        (r#"{"tags":["a","canary","canary"]}"#, "/tags/2"),
        (r#"{"tags":"canary"}"#, "/tags"),
        (r#"{"users":[{"user_id":"u","role":1}]}"#, "/users/0/role"),
        (r#"{"users":[{"name":"canary"}]}"#, "/users/0/user_id"),
        (r#"{"exclude_from_metrics":"canary"}"#, "/exclude_from_metrics"),
        (r#"{"sequence":"canary"}"#, "/sequence"),
        (r#"{"a/b~c":"canary"}"#, "/a~1b~0c"),
    ];
    for (body, pointer) in rows {
        let reply = app.send(update(&app, body.replace("canary", CANARY))).await;
        let refused = assert_refused(reply, 422, "invalid_body", body);
        let errors = refused.json()["errors"].clone();
        assert_eq!(errors[0]["pointer"], pointer, "{body}: {}", refused.body);
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{body}: {}", refused.body);
    }
    let long = format!(r#"{{"{}":1}}"#, CANARY.repeat(1_000));
    let refused = assert_refused(app.send(update(&app, long)).await, 422, "invalid_body", "long");
    assert_eq!(refused.json()["errors"][0]["pointer"], "", "a name as long as that is left out");
    let name = format!(r#"{{"name":"{}"}}"#, "é".repeat(256));
    app.send(update(&app, name)).await.expect_problem(422, "invalid_body");
    let name = format!(r#"{{"name":"{}"}}"#, "é".repeat(255));
    app.send(update(&app, name)).await.expect(200);
}

#[tokio::test]
async fn times_are_instants_of_rfc_3339() {
    let app = with_customer().await;
    let path = format!("/v1/customers/{}/commands/set-billable-status", customer_id(1));
    for time in [
        "tomorrow",
        "infinity",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "+10000-01-01T00:00:00Z",
        "c4n4ry",
    ] {
        let body = serde_json::json!({ "value": "billable", "effective_at": time });
        let reply = assert_refused(app.post(&path, &body).await, 422, "invalid_body", time);
        assert_eq!(reply.json()["errors"][0]["pointer"], "/effective_at");
    }
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_no_more() {
    let app = with_customer().await;
    let padded = |bytes: usize| format!(r#"{{"name":"Bolt"{}}}"#, " ".repeat(bytes - 15));
    assert_eq!(padded(65_536).len(), 65_536);
    app.send(update(&app, padded(65_536))).await.expect(200);
    let reply = app.send(update(&app, padded(65_537))).await;
    assert_refused(reply, 413, "body_too_large", "a byte too many");
    // Also without a length in the head.
    let endless = stream::repeat(Bytes::from_static(b"          ")).map(Ok::<_, Infallible>);
    let reply = app.send(update(&app, Body::from_stream(endless))).await;
    assert_refused(reply, 413, "body_too_large", "an endless body");
}

#[tokio::test]
async fn a_body_must_be_json_in_utf_8_by_its_content_type() {
    let app = with_customer().await;
    let send = async |types: &[&str]| {
        let mut request = update(&app, r#"{"name":"Bolt"}"#);
        request.headers_mut().remove("content-type");
        for value in types {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            request.headers_mut().append("content-type", value);
        }
        app.send(request).await
    };
    for types in [
        &["application/json"][..],
        &["Application/JSON"],
        &["application/json; charset=utf-8"],
        &["application/json;charset=\"UTF-8\""],
        &["application/json;"],
    ] {
        send(types).await.expect(200);
    }
    for types in [
        &[][..],
        &[""],
        &["text/plain"],
        &["application/x-www-form-urlencoded"],
        &["application/jsonc4n4ry"],
        &["application/json; charset=latin1"],
        &["application/json; charset=utf-16"],
        &["application/json; charset"],
        &["application/json", "application/json"],
        &["c4n4ry\u{e9}"],
    ] {
        let reply = send(types).await;
        assert_refused(reply, 415, "unsupported_media_type", &format!("{types:?}"));
    }
}

#[tokio::test]
async fn a_path_with_an_invalid_name_is_an_unknown_customer() {
    let app = with_customer().await;
    let long = format!("external:{}", "x".repeat(256));
    let upper = customer_id(1).to_string().to_uppercase();
    for (reference, status, code) in [
        ("%00", 404, "customer_unknown"),
        ("..%2f", 404, "customer_unknown"),
        ("%2e%2e", 404, "customer_unknown"),
        ("c4n4ry%0d%0ax-injected:%201", 404, "customer_unknown"),
        ("external:c4n4ry%00", 404, "customer_unknown"),
        ("external:", 404, "customer_unknown"),
        ("alias:%0a", 404, "customer_unknown"),
        ("internal:c4n4ry", 404, "customer_unknown"),
        ("'%20or%20'1'='1", 404, "customer_unknown"),
        (long.as_str(), 404, "customer_unknown"),
        (upper.as_str(), 404, "customer_unknown"),
        ("%ff", 400, "invalid_path"),
        ("c4n4ry/c4n4ry", 404, "not_found"),
    ] {
        let reply = app.get(&format!("/v1/customers/{reference}")).await;
        let reply = assert_refused(reply, status, code, reference);
        assert_eq!(reply.header("x-injected"), "");
    }
    let reply = app.command(&customer_id(1).to_string(), "c4n4ry", &serde_json::json!({})).await;
    assert_refused(reply, 404, "unknown_command", "a command");
}

#[tokio::test]
async fn unknown_query_parameters_are_refused() {
    let app = with_customer().await;
    let customer = format!("/v1/customers/{}", customer_id(1));
    for path in [
        format!("{customer}?dry_run=c4n4ry"),
        "/v1/tenant?x=c4n4ry".to_owned(),
        "/v1/customers?name=c4n4ry%ff".to_owned(),
        "/v1/customers?name=c4n4ry%c3&status=%a9".to_owned(),
        "/v1/customers?c4n4ry%ff=1".to_owned(),
        "/v1/customers?metadata[]=c4n4ry".to_owned(),
        "/v1/customers?custom_fields[]=c4n4ry".to_owned(),
        format!("{customer}/changes?actor="),
        "/v1/audit?actor=".to_owned(),
        "/v1/audit?api_key=".to_owned(),
        "/v1/audit?request_id=".to_owned(),
        "/v1/audit?correlation_id=".to_owned(),
        "/v1/audit?surface=".to_owned(),
        "/v1/audit/reads?api_key=".to_owned(),
    ] {
        assert_refused(app.get(&path).await, 400, "invalid_query", &path);
    }
    for query in ["x=c4n4ry", "dry_run=c4n4ry", "dry_run=1", "dry_run", "dry_run=true&dry_run=true"]
    {
        let path = format!("{customer}/commands/archive-customer?{query}");
        let reply = app.post(&path, &serde_json::json!({})).await;
        assert_refused(reply, 400, "invalid_query", query);
    }
    let path = format!("{customer}/commands/archive-customer?dry_run=false");
    app.post(&path, &serde_json::json!({})).await.expect(200);
}

#[tokio::test]
async fn unreadable_headers_are_refused_and_not_repeated() {
    let app = with_customer().await;
    for (name, value) in [
        ("idempotency-key", "c4n4ry\u{e9}"),
        ("if-match", "c4n4ry"),
        ("if-none-match", "\"c4n4ry\""),
        ("x-actor", "c4n4ry\tc4n4ry"),
    ] {
        let mut request = update(&app, r#"{"name":"Bolt"}"#);
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
        request.headers_mut().insert(name, value);
        assert_refused(app.send(request).await, 400, "invalid_header", name);
    }
}

#[tokio::test]
async fn an_incomplete_body_is_no_command() {
    let app = with_customer().await;
    let broken = stream::iter([Ok(Bytes::from_static(br#"{"name":"Bolt"}"#)), Err("gone")]);
    let reply = app.send(update(&app, Body::from_stream(broken))).await;
    assert_refused(reply, 400, "malformed_body", "a body that breaks off");
}

#[tokio::test]
async fn a_body_that_is_too_slow_is_refused() {
    let app = with_customer().await;
    let app = app.with_body_timeout(Duration::from_millis(100));
    let half = stream::iter([Ok::<_, Infallible>(Bytes::from_static(br#"{"name":"c4n4ry"#))]);
    let slow = Body::from_stream(half.chain(stream::pending()));
    let reply = app.send(update(&app, slow)).await;
    let reply = assert_refused(reply, 408, "body_timeout", "a slow body");
    assert_eq!(reply.header("connection"), "close");
}
