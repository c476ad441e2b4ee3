//! Compressed bodies of requests, on every surface.

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

async fn written<W: AsyncWrite + Unpin>(
    mut to: W,
    bytes: &[u8],
    inner: fn(W) -> Vec<u8>,
) -> Vec<u8> {
    to.write_all(bytes).await.expect("compressed");
    to.shutdown().await.expect("finished");
    inner(to)
}

async fn compressed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => written(GzipEncoder::new(vec![]), bytes, GzipEncoder::into_inner).await,
        "deflate" => written(ZlibEncoder::new(vec![]), bytes, ZlibEncoder::into_inner).await,
        "br" => written(BrotliEncoder::new(vec![]), bytes, BrotliEncoder::into_inner).await,
        "zstd" => written(ZstdEncoder::new(vec![]), bytes, ZstdEncoder::into_inner).await,
        other => panic!("{other}"),
    }
}

fn request(app: &TestApp, path: &str, coding: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = app.request(Method::POST, path, body);
    let coding = coding.parse().expect("a header's value");
    request.headers_mut().insert("content-encoding", coding);
    request
}

async fn send(app: &TestApp, path: &str, coding: &str, body: &Value) -> Reply {
    let body = compressed(coding, body.to_string().as_bytes()).await;
    app.send(request(app, path, coding, body)).await
}

fn registration(number: u64, note: &str) -> Value {
    json!({ "id": customer_id(number), "profile": { "name": "Acme" }, "metadata": { "note": note } })
}

#[tokio::test]
async fn a_compressed_command_is_the_command() {
    let app = TestApp::new().await;
    for (number, coding) in (1..).zip(CODINGS) {
        send(&app, "/v1/customers", coding, &registration(number, "x")).await.expect(201);
        let name =
            app.get(&format!("/v1/customers/{}", customer_id(number))).await.expect(200).json();
        assert_eq!(name["metadata"]["note"], "x", "{coding}");
        let theirs = json!({ "external_id": coding, "name": coding });
        send(&app, "/compat/flexprice/v1/customers", coding, &theirs).await.expect(201);
    }
    let key = registration(9, "x");
    let plain = [("idempotency-key", "once")];
    app.post_with("/v1/customers", &key, &plain).await.expect(201);
    let body = compressed("gzip", key.to_string().as_bytes()).await;
    let mut again = request(&app, "/v1/customers", "gzip", body);
    again.headers_mut().insert("idempotency-key", "once".parse().expect("a key"));
    let again = app.send(again).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_body_that_is_not_in_its_coding_is_malformed() {
    let app = TestApp::new().await;
    for coding in CODINGS {
        let plain = registration(1, "x").to_string();
        let reply = app.send(request(&app, "/v1/customers", coding, plain)).await;
        reply.expect_problem(400, "malformed_body");
    }
    app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(404);
}

#[tokio::test]
async fn another_coding_is_a_415_that_lists_the_accepted_ones() {
    let app = TestApp::new().await;
    let body = registration(1, "x").to_string();
    for coding in ["compress", "gzip, gzip", "x"] {
        let reply = app.send(request(&app, "/v1/customers", coding, body.clone())).await;
        let reply = reply.expect_problem(415, "unsupported_encoding");
        assert_eq!(reply.header("accept-encoding"), "gzip, deflate, br, zstd");
        for path in [
            "/compat/metronome/v1/customers",
            "/compat/flexprice/v1/customers",
            "/compat/telness/customers",
            "/compat/maple/api/v1/companies/x/customers",
        ] {
            let mut request = request(&app, path, coding, body.clone());
            let key = app.key.reveal().parse().expect("a header's value");
            request.headers_mut().remove("authorization");
            request.headers_mut().insert("x-api-key", key);
            let theirs = app.send(request).await.expect(415);
            assert_eq!(theirs.header("accept-encoding"), "gzip, deflate, br, zstd");
            assert!(theirs.body.contains("Content-Encoding must be one of"), "{}", theirs.body);
        }
    }
    let identity = app.send(request(&app, "/v1/customers", "identity", body)).await;
    identity.expect(201);
}

#[tokio::test]
async fn the_limit_of_a_body_counts_what_it_becomes() {
    let app = TestApp::new().await;
    let large = vec![b' '; 32 << 20];
    for coding in CODINGS {
        let bomb = compressed(coding, &large).await;
        let reply = app.send(request(&app, "/v1/customers", coding, bomb)).await;
        reply.expect_problem(413, "body_too_large");
    }
}

#[tokio::test]
async fn lines_can_be_compressed_and_a_bomb_of_empty_lines_ends_the_request() {
    let app = TestApp::new().await;
    let lines: String = (1..=300)
        .map(|number| {
            json!({ "command": "register-customer", "body": registration(number, "x") }).to_string()
                + "\n"
        })
        .collect();
    for coding in CODINGS {
        let bomb = [lines.as_bytes(), &vec![b'\n'; 16 << 20]].concat();
        let mut request = request(&app, "/v1/commands", coding, compressed(coding, &bomb).await);
        let ndjson = "application/x-ndjson".parse().expect("a content type");
        request.headers_mut().insert("content-type", ndjson);
        let reply = app.send(request).await.expect(200);
        let answers: Vec<Value> =
            reply.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let (last, answers) = answers.split_last().expect("answers");
        assert_eq!((answers.len(), &last["status"]), (300, &json!(413)), "{coding}");
        let done = if coding == CODINGS[0] { 201 } else { 409 };
        assert!(answers.iter().all(|answer| answer["status"] == done), "{coding}");
    }
}
