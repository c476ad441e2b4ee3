//! The requests of `docs/audit.md` are answered as the page says.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderName, Method, Request};
use serde_json::Value;
use server::keys::{KeyLimits, create_key};
use store::Role;
use store::api_keys::Scope;
use store::log::Proof;
use tests::{Reply, TestApp};

/// The id of the key and the instant that the page writes.
const KEY: &str = "3f9a0c51d2e84b67";
const NOON: &str = "2026-03-04T12:00:00Z";

/// A block of the page: its language and its text.
type Block = (String, String);

/// The page's sections below their headings, each with its blocks.
fn sections() -> Vec<(String, Vec<Block>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit.md");
    let page = fs::read_to_string(path).expect("the page");
    let sections = page.split("\n## ").skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').expect("a text");
        let blocks = text.split("```").skip(1).step_by(2).map(|block| {
            let (language, text) = block.split_once('\n').expect("a language");
            (language.to_owned(), text.to_owned())
        });
        (heading.to_owned(), blocks.collect())
    });
    sections.collect()
}

/// The request in a block: a line with method and path, headers, and a body after an empty line.
fn request(app: &TestApp, block: &str) -> Request<Body> {
    let (head, body) = block.split_once("\n\n").unwrap_or((block.trim_end(), ""));
    let mut lines = head.lines();
    let (method, path) = lines.next().and_then(|line| line.split_once(' ')).expect("a request");
    let method: Method = method.parse().expect("a method");
    let mut request = app.request(method, path, body.to_owned());
    for (name, value) in lines.map(|line| line.split_once(": ").expect("a header")) {
        let name: HeaderName = name.to_lowercase().parse().expect("a header's name");
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    request
}

/// Whether an answer has everything that is shown of it. Items of lists are shown in their order.
fn shows(answer: &Value, shown: &Value) -> bool {
    match (answer, shown) {
        (_, Value::String(text)) if text == "…" => true,
        (Value::Object(answer), Value::Object(shown)) => shown
            .iter()
            .all(|(name, shown)| answer.get(name).is_some_and(|answer| shows(answer, shown))),
        (Value::Array(answer), Value::Array(shown)) => {
            let mut left = answer.iter();
            shown.iter().all(|shown| left.any(|answer| shows(answer, shown)))
        }
        _ => answer == shown,
    }
}

/// A service whose tenant has one key, called the support desk.
async fn support_desk() -> TestApp {
    let app = TestApp::new().await;
    let mut connection =
        store::connect(&app.database.options, Role::KeyAdmin).await.expect("a session");
    let (name, scopes, limits) = ("support desk", &Scope::OF_TENANT, KeyLimits::default());
    let key = create_key(&mut connection, app.tenant, name, scopes, limits).await;
    app.with_key(key.expect("a key"))
}

#[tokio::test]
async fn every_question_of_the_page_is_answered_as_it_says() {
    let app = support_desk().await;
    let mut sections = sections().into_iter();
    let (heading, story) = sections.next().expect("a story");
    assert_eq!(heading, "The story");
    let mut noon = String::new();
    for (language, block) in &story {
        assert_eq!(language, "http");
        let reply = app.send(request(&app, block)).await;
        assert!(reply.status.is_success(), "{block}: {}", reply.body);
        if block.contains("replace-metadata") {
            let recorded_at = reply.json()["events"][0]["recorded_at"].clone();
            recorded_at.as_str().expect("a time").clone_into(&mut noon);
        }
    }
    let key = app.key.id();
    let real = |text: &str| text.replace(KEY, key).replace(NOON, &noon);
    let mut questions = 0;
    for (heading, blocks) in sections {
        let mut last: Option<Reply> = None;
        let mut sent = 0;
        for (language, block) in blocks {
            let block = real(&block);
            if language == "http" {
                app.settle().await;
                last = Some(app.send(request(&app, &block)).await);
                sent += 1;
            } else {
                let answer = last.take().expect("a request before the answer").json();
                let shown: Value = serde_json::from_str(&block).expect("JSON");
                assert!(shows(&answer, &shown), "{heading}: {answer:#} does not show {shown:#}");
            }
        }
        assert!((1..=2).contains(&sent), "{heading} takes {sent} requests");
        questions += 1;
    }
    assert_eq!(questions, 12);
    let proof = "/v1/customers/external:acme-001/events/2/proof";
    let proof = app.get(proof).await.expect(200).body;
    let verifier = app.get("/v1/log/key").await.expect(200).body;
    let verifiers = [verifier.trim_end().parse().expect("a verifier key")];
    assert_eq!(Proof::verify(&proof, &verifiers).expect("a proof").event.sequence, 2);
}

#[test]
fn an_answer_that_lacks_what_is_shown_is_found() {
    let answer = serde_json::json!({ "a": [{ "b": 1, "c": "x" }, { "b": 2 }], "d": null });
    for (shown, is) in [
        (serde_json::json!({ "a": [{ "b": 2 }] }), true),
        (serde_json::json!({ "a": [{ "c": "…" }] }), true),
        (serde_json::json!({ "a": [{ "b": 2 }, { "b": 1 }] }), false),
        (serde_json::json!({ "a": [{ "b": 3 }] }), false),
        (serde_json::json!({ "e": null }), false),
    ] {
        assert_eq!(shows(&answer, &shown), is, "{shown}");
    }
}
