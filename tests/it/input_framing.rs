//! Requests that only a raw connection can send: malformed heads and bodies.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::TestApp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The service's answer to `bytes` until it closes the connection.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("the bytes are taken");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(10), read).await.expect("it closes");
    read.expect("an answer");
    String::from_utf8(answer).expect("UTF-8")
}

#[track_caller]
fn assert_problem(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(head.to_lowercase().contains("content-type: application/problem+json"), "{answer}");
    let body: Value = serde_json::from_str(body).expect("a problem");
    assert_eq!((&body["code"], &body["status"]), (&code.into(), &status.into()), "{answer}");
    assert!(!answer.contains("c4n4ry"), "{answer}");
}

#[tokio::test]
async fn ambiguous_request_heads_are_refused() {
    let app = TestApp::new().await;
    let address = app.serve().await;
    let many = "x-c4n4ry: 1\r\n".repeat(101);
    let large = format!("x-large: {}\r\n", "c4n4ry".repeat(3_000));
    let long_path = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "c4n4ry".repeat(2_000));
    let get = |lines: &str| format!("GET /livez HTTP/1.1\r\nhost: a\r\n{lines}\r\n");
    let post =
        |lines: &str| format!("POST /v1/customers HTTP/1.1\r\nhost: a\r\n{lines}\r\n0\r\n\r\n");
    for (request, status, code) in [
        ("c4n4ry\r\n\r\n".to_owned(), 400, "malformed_request"),
        (get("x-c4n4ry: a\u{1}b\r\n"), 400, "malformed_request"),
        (get("x-folded: a\r\n c4n4ry\r\n"), 400, "malformed_request"),
        (get(&many), 431, "too_many_headers"),
        (get(&large), 431, "headers_too_large"),
        (long_path, 414, "uri_too_long"),
        ("GET /livez HTTP/1.1\r\n\r\n".to_owned(), 400, "invalid_host"),
        (get("host: c4n4ry\r\n"), 400, "invalid_host"),
        ("GET /livez HTTP/2.0\r\nhost: a\r\n\r\n".to_owned(), 505, "http_version_not_supported"),
        (post("content-length: 5\r\ntransfer-encoding: chunked\r\n"), 400, "ambiguous_length"),
        (post("content-length: 5\r\ncontent-length: 6\r\n"), 400, "ambiguous_length"),
        (post("content-length: 99999999999999999999\r\n"), 400, "ambiguous_length"),
        (post("transfer-encoding: gzip, chunked\r\n"), 400, "unsupported_transfer_encoding"),
    ] {
        assert_problem(&exchange(address, request.as_bytes()).await, status, code);
    }
    let good = exchange(address, get("connection: close\r\n").as_bytes()).await;
    assert!(good.starts_with("HTTP/1.1 200 "), "{good}");
}

#[tokio::test]
async fn a_body_announced_as_too_large_is_a_413_before_any_of_it_is_sent() {
    let app = TestApp::new().await;
    let address = app.serve().await;
    for path in ["/v1/customers", "/compat/flexprice/v1/customers"] {
        for expectation in ["", "expect: 100-continue\r\n"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\
                 content-type: application/json\r\ncontent-length: 2000000\r\n{expectation}\r\n",
                key = app.key.reveal()
            );
            let begun = Instant::now();
            let answer = exchange(address, request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
    }
    let small = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n{{}}",
        app.key.reveal()
    );
    let answer = exchange(address, small.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 100 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_a_408_and_closes_the_connection() {
    let app = TestApp::new().await;
    let app = app.with_body_timeout(Duration::from_millis(200));
    let address = app.serve().await;
    let request = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"c4n4ry\":",
        app.key.reveal()
    );
    let begun = Instant::now();
    let answer = exchange(address, request.as_bytes()).await;
    assert_problem(&answer, 408, "body_timeout");
    assert!(begun.elapsed() < Duration::from_secs(5));
}
