//! The feed as server-sent events.

use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response};
use futures::StreamExt as _;
use http::{App, Settings};
use serde_json::{Value, json};
use store::api_keys::Scope;
use store::{Metadata, Role};
use tests::{TestApp, customer_id, idle_in_transaction};
use tower::ServiceExt as _;

/// A time limit for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream.
struct Reader {
    body: axum::body::BodyDataStream,
    text: String,
    /// The last id.
    id: Option<String>,
}

async fn open(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request: Request<Body> = app.request(Method::GET, path, Body::empty());
    for (name, value) in [("accept", "text/event-stream")].iter().chain(headers) {
        let name: axum::http::HeaderName = name.parse().expect("a name");
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    let Ok(response) = app.router().oneshot(request).await;
    response
}

impl Reader {
    async fn open(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = open(app, path, headers).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new(), id: None }
    }

    /// The next block of the stream; none at its end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let id = block.lines().find_map(|line| line.strip_prefix("id: "));
                self.id = id.map(str::to_owned).or(self.id.take());
                return Some(block);
            }
            let part = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let part = part.expect("a part in time")?.expect("no failure");
            self.text.push_str(std::str::from_utf8(&part).expect("UTF-8"));
        }
    }

    /// The next event.
    async fn event(&mut self) -> Value {
        loop {
            let block = self.block().await.expect("a stream that goes on");
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            if let Some(data) = data {
                return serde_json::from_str(data).expect("JSON");
            }
        }
    }
}

#[tokio::test]
async fn a_stream_returns_events_and_resumes_after_a_disconnect() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let mut reader = Reader::open(&app, "/v1/feed", &[]).await;
    let first = reader.block().await.expect("a beginning");
    assert!(first.starts_with("retry: "), "{first}");
    assert_eq!(reader.event().await["type"], "TenantCreated");
    assert_eq!(reader.event().await["type"], "CustomerRegistered");
    let id = reader.id.clone().expect("an id");
    drop(reader);

    app.register(customer_id(2), "Other").await;
    let mut reader = Reader::open(&app, "/v1/feed?from=now", &[("last-event-id", &id)]).await;
    let event = reader.event().await;
    assert_eq!(event["customer_id"], customer_id(2).to_string());
    assert_eq!(event["data"]["profile"]["name"], "Other");
    app.register(customer_id(3), "Third").await;
    assert_eq!(reader.event().await["customer_id"], customer_id(3).to_string());
}

#[tokio::test]
async fn a_stream_from_now_resumes_without_loss_before_its_first_event() {
    let app = TestApp::new().await;
    let mut reader = Reader::open(&app, "/v1/feed?from=now", &[]).await;
    reader.block().await.expect("a beginning");
    let id = reader.id.clone().expect("an id from the beginning");
    drop(reader);
    app.register(customer_id(1), "Acme").await;
    let mut reader = Reader::open(&app, "/v1/feed?from=now", &[("last-event-id", &id)]).await;
    assert_eq!(reader.event().await["customer_id"], customer_id(1).to_string());
}

#[tokio::test]
async fn a_stream_that_is_not_read_blocks_no_other_and_holds_no_connection() {
    let app = TestApp::new().await;
    // More than the connections for reading.
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(Reader::open(&app, "/v1/feed", &[]).await);
    }
    let path = format!("/v1/customers/{}", customer_id(1));
    app.register(customer_id(1), "Acme").await;
    for reader in &mut idle {
        // Each has one unread part.
        reader.block().await.expect("a beginning");
    }
    let answered = tokio::time::timeout(PATIENCE, app.get(&path)).await.expect("an answer");
    answered.expect(200);
    // Followers of the log have transactions, too, but short ones. One that stays open would
    // be ended by the database after 10 seconds.
    app.settle().await;
    let mut owner = app.database.connect().await;
    let none_open = async {
        while idle_in_transaction(&mut owner).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), none_open).await.expect("no open transaction");
    for mut reader in idle {
        assert_eq!(reader.event().await["type"], "TenantCreated");
    }
}

#[tokio::test]
async fn streams_end_when_the_service_stops() {
    let app = TestApp::new().await;
    let service = App::new(app.store.clone(), Settings::default());
    let app = app.at(service.clone());
    let mut reader = Reader::open(&app, "/v1/feed?from=now", &[]).await;
    reader.block().await.expect("a beginning");
    {
        let mut ends = pin!(reader.block());
        assert!(futures::poll!(&mut ends).is_pending(), "it goes on until the service stops");
        service.announce_stop();
        assert_eq!(ends.await, None);
    }
    let waited = tokio::time::timeout(PATIENCE, app.get("/v1/feed?from=now&wait=30")).await;
    waited.expect("an answer at once").expect(200);
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked() {
    let app = TestApp::new().await;
    let key = app.new_key(&[Scope::Read]).await;
    let mut reader = Reader::open(&app.with_key(key.clone()), "/v1/feed?from=now", &[]).await;
    reader.block().await.expect("a beginning");
    let mut writer =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a session");
    store::api_keys::revoke(&mut writer, key.id(), Metadata::new()).await.expect("a revocation");
    // The revocation is an event of the tenant, and may still be sent. Nothing comes after it.
    if let Some(last) = reader.block().await {
        assert!(last.contains("ApiKeyRevoked"), "{last}");
        assert_eq!(reader.block().await, None);
    }
}

#[tokio::test]
async fn a_stream_has_no_values_for_a_read_only_key() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    for (caller, has_values) in [(&app, true), (&reader, false)] {
        let mut stream = Reader::open(caller, "/v1/feed?type=CustomerRegistered", &[]).await;
        let event = stream.event().await;
        assert_eq!(event["customer_id"], json!(customer_id(1)));
        assert_eq!(event.get("data").is_some(), has_values, "{event}");
        assert_eq!(event.get("api_key").is_some(), has_values, "{event}");
    }
}

#[tokio::test]
async fn a_tenant_s_open_streams_are_limited() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let mut open_ones = Vec::new();
    let refused = loop {
        let response = open(&app, "/v1/feed?from=now", &[]).await;
        if response.status() != 200 {
            break response;
        }
        open_ones.push(response);
        assert!(open_ones.len() <= 100, "no end of them");
    };
    assert_eq!(open_ones.len(), 100);
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    let waiting = app.get("/v1/feed?wait=1").await;
    waiting.expect_problem(429, "too_many_streams");
    app.get("/v1/feed").await.expect(200);
    // Another tenant isn't affected, and a closed stream makes room.
    other.register(customer_id(1), "Acme").await;
    open_ones.pop();
    assert_eq!(open(&app, "/v1/feed?from=now", &[]).await.status(), 200);
}

#[tokio::test]
async fn a_stream_can_be_filtered_by_customer() {
    let app = TestApp::new().await;
    for number in [1, 2] {
        app.register(customer_id(number), "Acme").await;
    }
    let path = format!("/v1/feed?customer={}&type=ProfileUpdated", customer_id(2));
    let mut reader = Reader::open(&app, &path, &[]).await;
    for number in [1, 2] {
        let renamed = json!({ "name": format!("name {number}") });
        let id = customer_id(number).to_string();
        app.command(&id, "update-profile", &renamed).await.expect(200);
    }
    assert_eq!(reader.event().await["data"]["name"], "name 2");
}
