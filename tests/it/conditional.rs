//! Commands and reads that depend on a version.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

async fn with_customer() -> (TestApp, String) {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    (app, customer_id(1).to_string())
}

async fn rename(app: &TestApp, id: &str, name: &str, headers: &[(&str, &str)]) -> Reply {
    let path = format!("/v1/customers/{id}/commands/update-profile");
    app.post_with(&path, &json!({ "name": name }), headers).await
}

async fn read_if_none_match(app: &TestApp, path: &str, etag: &str) -> Reply {
    let mut request = app.request(Method::GET, path, Body::empty());
    request.headers_mut().insert("if-none-match", etag.parse().expect("a header's value"));
    app.send(request).await
}

#[tokio::test]
async fn a_command_with_if_match_is_stored_only_at_that_version() {
    let (app, id) = with_customer().await;
    let done = rename(&app, &id, "Two", &[("if-match", "\"1\"")]).await.expect(200);
    assert_eq!(done.header("etag"), "\"2\"");
    let stale = rename(&app, &id, "Three", &[("if-match", "\"1\"")]).await;
    let stale = stale.expect_problem(412, "version_mismatch");
    assert_eq!(stale.header("etag"), "");
    rename(&app, &id, "Three", &[("if-match", "*")]).await.expect(200);
    let read = app.get(&format!("/v1/customers/{id}")).await.expect(200);
    assert_eq!((read.header("etag"), &read.json()["profile"]["name"]), ("\"3\"", &json!("Three")));
}

#[tokio::test]
async fn a_command_with_if_match_for_an_unknown_customer_is_a_404() {
    let app = TestApp::new().await;
    for etag in ["\"1\"", "*"] {
        let nobody = customer_id(9).to_string();
        let refused = rename(&app, &nobody, "Name", &[("if-match", etag)]).await;
        refused.expect_problem(404, "customer_unknown");
    }
}

#[tokio::test]
async fn a_registration_can_require_that_the_customer_is_new() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    let new = [("if-none-match", "*")];
    app.post_with("/v1/customers", &body, &new).await.expect(201);
    let known = app.post_with("/v1/customers", &body, &new).await;
    known.expect_problem(412, "version_mismatch");
}

#[tokio::test]
async fn a_list_of_tags_matches_if_one_of_them_is_the_version() {
    let (app, id) = with_customer().await;
    rename(&app, &id, "Two", &[("if-match", "\"7\", \"1\"")]).await.expect(200);
    rename(&app, &id, "Three", &[("if-match", "W/\"1\", \"2\"")]).await.expect(200);
    let detail = |reply: Reply| {
        reply.expect_problem(412, "version_mismatch").json()["detail"].as_str().map(str::to_owned)
    };
    for (tags, said) in [
        ("\"1\"", "If-Match said 1."),
        ("\"1\", \"2\"", "If-Match said 1, 2."),
        ("W/\"3\"", "If-Match has no tag of a version, and weak tags never match."),
        ("\"03\"", "If-Match has no tag of a version, and weak tags never match."),
    ] {
        let refused = rename(&app, &id, "Four", &[("if-match", tags)]).await;
        let expected = format!("The customer is at version 3; {said}");
        assert_eq!(detail(refused), Some(expected), "{tags}");
    }
    let body = json!({ "key": "plan", "enforce_uniqueness": false });
    let path = "/v1/tenant/commands/add-custom-field-key";
    let refused = app.post_with(path, &body, &[("if-match", "\"99\"")]).await;
    assert_eq!(detail(refused).as_deref(), Some("The tenant is at version 1; If-Match said 99."));
}

#[tokio::test]
async fn an_unreadable_condition_is_refused() {
    let (app, id) = with_customer().await;
    for (name, value) in [
        ("if-match", "1"),
        ("if-match", ""),
        ("if-match", "\"1"),
        ("if-match", "*, \"1\""),
        ("if-none-match", "\"1\""),
    ] {
        let refused = rename(&app, &id, "Other", &[(name, value)]).await;
        assert_eq!(refused.status, 400, "{name}: {value}");
        refused.expect_problem(400, "invalid_header");
    }
    let both = [("if-match", "\"1\""), ("if-none-match", "*")];
    rename(&app, &id, "Other", &both).await.expect_problem(400, "invalid_header");
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer_after_the_version_changed() {
    let (app, id) = with_customer().await;
    let headers = [("if-match", "\"1\""), ("idempotency-key", "once")];
    let first = rename(&app, &id, "Two", &headers).await.expect(200);
    rename(&app, &id, "Three", &[]).await.expect(200);
    let again = rename(&app, &id, "Two", &headers).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((&again.body, again.header("etag")), (&first.body, "\"2\""));
}

#[tokio::test]
async fn a_reader_with_the_current_version_gets_a_304() {
    let (app, id) = with_customer().await;
    for path in [format!("/v1/customers/{id}"), "/v1/tenant".to_owned()] {
        for etag in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
            let known = read_if_none_match(&app, &path, etag).await.expect(304);
            assert_eq!((known.body.as_str(), known.header("etag")), ("", "\"1\""), "{path} {etag}");
        }
        let other = read_if_none_match(&app, &path, "\"2\"").await.expect(200);
        assert_eq!(other.json()["version"], 1);
    }
}

#[tokio::test]
async fn of_many_changes_of_the_same_version_exactly_one_succeeds() {
    let (app, id) = with_customer().await;
    let other = app.another_instance().await;
    let change = |nth: usize| {
        let (app, id) = (if nth.is_multiple_of(2) { &app } else { &other }, &id);
        async move { rename(app, id, &format!("Name {nth}"), &[("if-match", "\"1\"")]).await }
    };
    let replies = futures::future::join_all((0..20).map(change)).await;
    let won: Vec<Value> =
        replies.iter().filter(|reply| reply.status == 200).map(Reply::json).collect();
    assert_eq!(won.len(), 1);
    let lost = replies.iter().filter(|reply| reply.status == 412).count();
    assert_eq!(lost, 19);
    let read = app.get(&format!("/v1/customers/{id}")).await.json();
    assert_eq!(read["version"], 2);
    assert_eq!(won[0]["events"][0]["event"]["data"]["name"], read["profile"]["name"]);
}
