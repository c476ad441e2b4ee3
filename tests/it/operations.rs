//! Routes for operators and monitoring, and headers of every answer.

use axum::body::Body;
use axum::http::{Method, Response};
use serde_json::json;
use tests::{Log, Reply, TestApp, customer_id};
use tower::ServiceExt as _;

#[tokio::test]
async fn a_running_service_is_live_and_ready() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/livez").await.expect(200).body, "ok\n");
    assert_eq!(app.get("/readyz").await.expect(200).body, "database: ok\ninstance: ok\n");
}

#[tokio::test]
async fn a_stopping_service_is_not_ready_and_keeps_answering() {
    let app = TestApp::new().await;
    let stopping = http::App::new(app.store.clone(), http::Settings::default());
    let app = app.at(stopping.clone());
    app.get("/readyz").await.expect(200);
    stopping.announce_stop();
    let ready = app.get("/readyz").await.expect(503);
    assert_eq!(ready.body, "database: ok\ninstance: stopping\n");
    assert_eq!(ready.header("retry-after"), "1");
    app.get("/livez").await.expect(200);
    app.register(customer_id(1), "Acme").await;
}

#[tokio::test]
async fn a_service_whose_store_is_closed_is_live_but_not_ready() {
    let app = TestApp::new().await;
    app.store.close().await;
    app.get("/livez").await.expect(200);
    let ready = app.get("/readyz").await.expect(503);
    assert!(ready.body.starts_with("database: PostgreSQL can't be asked\n"), "{}", ready.body);
    let refused = app.get("/v1/tenant").await.expect_problem(503, "stopping");
    assert_eq!(refused.header("retry-after"), "1");
}

fn render() -> String {
    server::telemetry::install_metrics().expect("a recorder").render()
}

#[tokio::test]
async fn metrics_have_requests_and_commits_and_no_customer_values() {
    render();
    let app = TestApp::new().await;
    let settings = http::Settings { metrics: render, ..http::Settings::default() };
    let app = app.at(http::App::new(app.store.clone(), settings));
    let body = json!({
        "id": customer_id(1), "external_id": "canary-external", "aliases": ["canary-alias"],
        "profile": { "name": "Canary", "email": "canary@acme.test" },
    });
    let said = [("x-actor", "canary-actor"), ("x-request-id", "canary-request")];
    app.post_with("/v1/customers", &body, &said).await.expect(201);
    app.get("/v1/customers/external:canary-external").await.expect(200);
    app.get("/v1/canary-path?canary-query").await.expect(404);
    let odd = Method::from_bytes(b"CANARY").expect("a method");
    app.send(app.request(odd, "/livez", Body::empty())).await.expect(405);

    let metrics = app.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for name in [
        "http_server_request_duration_seconds_bucket",
        "http_route=\"/v1/customers/{ref}\"",
        "http_route=\"unmatched\"",
        "http_request_method=\"_OTHER\"",
        "http_response_status_code=\"201\"",
        "dossier_commands_waiting",
        "dossier_batch_size_bucket",
        "dossier_commit_seconds_bucket",
    ] {
        assert!(metrics.body.contains(name), "{name} is not in {}", metrics.body);
    }
    let exposed = metrics.body.to_lowercase();
    let ids = [customer_id(1).to_string(), app.tenant.id.to_string(), app.key.id().to_owned()];
    for canary in ids.iter().map(String::as_str).chain(["canary"]) {
        assert!(!exposed.contains(canary), "{canary} is in {exposed}");
    }
}

#[track_caller]
fn assert_secure(reply: &Reply, what: &str) {
    // Documents are the same for all callers: they may be cached and are revalidated by ETag.
    let document = ["GET /openapi.json", "GET /docs"].contains(&what);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", if document { "no-cache" } else { "no-store" }),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(reply.header(name), value, "{what}");
    }
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert_eq!(reply.header("access-control-allow-origin"), "", "{what}");
    assert_eq!(reply.headers.get_all("cache-control").iter().count(), 1, "{what}");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let customer = format!("/v1/customers/{}", customer_id(1));
    for (method, path, status) in [
        ("GET", customer.as_str(), 200),
        ("GET", "/livez", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs", 200),
        ("GET", "/v1/customers/nobody", 404),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/v1/tenant?x=1", 400),
        ("PUT", "/v1/tenant", 405),
        ("OPTIONS", "/v1/tenant", 405),
        ("POST", "/v1/customers", 400),
    ] {
        let method: Method = method.parse().expect("a method");
        let reply = app.send(app.request(method.clone(), path, Body::empty())).await.expect(status);
        assert_secure(&reply, &format!("{method} {path}"));
    }
    let mut request = app.request(Method::GET, &customer, Body::empty());
    request.headers_mut().insert("if-none-match", "\"1\"".parse().expect("a value"));
    assert_secure(&app.send(request).await.expect(304), "not modified");
    let stranger = app.with_key(http::ApiKey::from_random([1; 8], [2; 32]));
    assert_secure(&stranger.get("/v1/tenant").await.expect(401), "unauthorized");
}

/// The documents that are the same for all callers.
const DOCUMENTS: [&str; 7] = [
    "/openapi.json",
    "/docs",
    "/docs/style.css",
    "/compat/metronome/openapi.json",
    "/compat/flexprice/openapi.json",
    "/compat/telness/openapi.json",
    "/compat/maple/openapi.json",
];

/// An answer whose body isn't read.
async fn unread(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = app.request(Method::GET, path, Body::empty());
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().expect("a name");
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    let Ok(response) = app.router().oneshot(request).await;
    response
}

#[tokio::test]
async fn documents_have_etags_and_are_compressed_on_request() {
    let app = TestApp::new().await;
    for path in DOCUMENTS {
        let plain = app.get(path).await.expect(200);
        let etag = plain.header("etag");
        assert!(etag.starts_with('"') && etag.len() > 30, "{path}: {etag}");
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_eq!(plain.header("vary"), "accept-encoding", "{path}");
        for known in [etag.to_owned(), format!("W/{etag}, \"other\""), "*".to_owned()] {
            let known = app.get_with(path, &[("if-none-match", &known)]).await.expect(304);
            assert_eq!((known.body.as_str(), known.header("etag")), ("", etag), "{path}");
        }
        let other = [("if-none-match", "\"other\"")];
        assert_eq!(app.get_with(path, &other).await.expect(200).body, plain.body, "{path}");

        let packed = unread(&app, path, &[("accept-encoding", "gzip")]).await;
        let headers = packed.headers().clone();
        assert_eq!(headers["content-encoding"], "gzip", "{path}");
        assert_ne!(headers["etag"], etag, "{path}: two bodies have one strong ETag");
        let bytes = axum::body::to_bytes(packed.into_body(), usize::MAX).await.expect("a body");
        assert!(bytes.starts_with(&[0x1f, 0x8b]), "{path}");
        assert!(bytes.len() < plain.body.len(), "{path}");
        let known = headers["etag"].to_str().expect("a text");
        let asked = [("accept-encoding", "gzip"), ("if-none-match", known)];
        app.get_with(path, &asked).await.expect(304);
    }
}

#[tokio::test]
async fn documents_and_metrics_have_separate_limits() {
    let app = TestApp::new().await;
    let mut documents = Vec::new();
    for _ in 0..64 {
        let document = unread(&app, "/docs", &[]).await;
        assert_eq!(document.status(), 200);
        documents.push(document);
    }
    for path in DOCUMENTS {
        let refused = app.get(path).await.expect(503);
        assert_eq!(refused.header("retry-after"), "1", "{path}");
    }
    app.get("/metrics").await.expect(200);
    app.get("/livez").await.expect(200);
    app.register(customer_id(1), "Acme").await;
    documents.pop();
    app.get("/docs").await.expect(200);
}

/// The filter that the description of `log_filter` recommends.
fn documented_filter() -> &'static str {
    let setting = server::config::SETTINGS.iter().find(|setting| setting.key == "log_filter");
    let quoted = setting.expect("the setting").description.split('`');
    quoted.into_iter().find(|part| part.contains("=debug")).expect("a filter")
}

#[tokio::test]
async fn the_documented_filter_logs_each_request_of_every_surface() {
    let app = TestApp::new().await;
    let (log, _logged) = Log::start(documented_filter());
    for path in ["/v1/tenant", "/compat/metronome/v1/customers", "/console/login", "/livez"] {
        app.get(path).await.expect(200);
        let text = log.take();
        assert!(text.contains("answered") && text.contains("status=200"), "{path}: {text}");
    }
    let (log, _logged) = Log::start("info");
    app.get("/v1/tenant").await.expect(200);
    assert_eq!(log.take(), "");
}
