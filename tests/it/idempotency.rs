//! The same request under the same key is executed once and has one answer at every instance.

use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

const KEPT: [&str; 4] = ["etag", "dossier-position", "location", "content-type"];

async fn register(app: &TestApp, name: &str, key: &str) -> Reply {
    let body = json!({ "external_id": "acme", "profile": { "name": name } });
    app.post_with("/v1/customers", &body, &[("idempotency-key", key)]).await
}

async fn count(app: &TestApp, query: &'static str) -> i64 {
    let mut connection = app.database.connect().await;
    sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a count")
}

const REGISTRATIONS: &str = "select count(*) from events where event_type = 'CustomerRegistered'";
const ANSWERS: &str = "select count(*) from command_results";

#[track_caller]
fn assert_replay(again: &Reply, first: &Reply) {
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for name in KEPT {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_and_is_executed_once() {
    let app = TestApp::new().await;
    let first = register(&app, "Acme", "order-1").await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let other = app.another_instance().await;
    for (app, key) in [(&app, "order-1"), (&app, "\"order-1\""), (&other, "order-1")] {
        assert_replay(&register(app, "Acme", key).await, &first);
    }
    assert_eq!(count(&app, REGISTRATIONS).await, 1);
}

#[tokio::test]
async fn a_different_request_under_the_same_key_is_refused() {
    let app = TestApp::new().await;
    let first = register(&app, "Acme", "order-1").await.expect(201);
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    let key = [("idempotency-key", "order-1")];
    register(&app, "Other", "order-1").await.expect_problem(422, "idempotency_key_reused");
    let path = format!("/v1/customers/{id}/commands/archive-customer");
    let other_path = app.post_with(&path, &json!({}), &key).await;
    other_path.expect_problem(422, "idempotency_key_reused");
    let rename = json!({ "name": "Other" });
    let of_tenant = app.post_with("/v1/tenant/commands/rename-tenant", &rename, &key).await;
    of_tenant.expect_problem(422, "idempotency_key_reused");
    assert_replay(&register(&app, "Acme", "order-1").await, &first);
}

#[tokio::test]
async fn a_refusal_is_repeated_even_if_it_would_be_accepted_now() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    let path = format!("/v1/customers/{id}/commands/set-default-payment-profile");
    let body = json!({ "payment_profile_id": "card" });
    let key = [("idempotency-key", "refused")];
    let first = app.post_with(&path, &body, &key).await.expect(422);
    let card = json!({ "id": "card", "status": "ACTIVE" });
    app.command(&id, "attach-payment-profile", &card).await.expect(200);
    let again = app.post_with(&path, &body, &key).await;
    assert_replay(&again, &first);
    assert_eq!(again.json()["instance"], first.json()["instance"], "the first request's");
    app.post(&path, &body).await.expect(200);
}

#[tokio::test]
async fn an_idempotency_answer_outlives_the_name_of_its_customer() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let id = customer_id(1).to_string();
    app.command(&id, "set-aliases", &json!({ "aliases": ["a"] })).await.expect(200);
    for (command, body) in
        [("revert-to", json!({ "version": 2 })), ("update-profile", json!({ "name": "Bolt" }))]
    {
        let path = format!("/v1/customers/alias:a/commands/{command}");
        let key = [("idempotency-key", command)];
        let first = app.post_with(&path, &body, &key).await.expect(200);
        app.command(&id, "set-aliases", &json!({ "aliases": [] })).await.expect(200);
        assert_replay(&app.post_with(&path, &body, &key).await, &first);
        app.command(&id, "set-aliases", &json!({ "aliases": ["a"] })).await.expect(200);
    }
}

#[tokio::test]
async fn fifty_concurrent_repeats_over_two_instances_have_one_effect_and_one_answer() {
    let app = TestApp::new().await;
    let instances = [app.clone(), app.another_instance().await];
    let requests = (0..50).map(|nth: usize| {
        let app = instances[nth % 2].clone();
        async move { register(&app, "Acme", "order-1").await }
    });
    let replies = futures::future::join_all(requests).await;
    let fresh: Vec<_> =
        replies.iter().filter(|reply| reply.header("idempotency-replayed").is_empty()).collect();
    assert_eq!(fresh.len(), 1);
    for reply in &replies {
        assert_eq!((reply.status.as_u16(), &reply.body), (201, &fresh[0].body));
        for name in KEPT {
            assert_eq!(reply.header(name), fresh[0].header(name), "{name}");
        }
    }
    assert_eq!(count(&app, REGISTRATIONS).await, 1);
    assert_eq!(count(&app, ANSWERS).await, 1);
}

#[tokio::test]
async fn idempotency_keys_of_tenants_are_independent() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let first = register(&app, "Acme", "order-1").await.expect(201);
    let others = register(&other, "Bolt", "order-1").await.expect(201);
    assert_eq!(others.header("idempotency-replayed"), "");
    assert_ne!(others.json()["id"], first.json()["id"]);
    assert_replay(&register(&app, "Acme", "order-1").await, &first);
}

#[tokio::test]
async fn a_request_refused_before_its_decision_can_reuse_its_key() {
    let app = TestApp::new().await;
    let reader = app.with_key(app.new_key(&[store::api_keys::Scope::Read]).await);
    register(&reader, "Acme", "order-1").await.expect_problem(403, "forbidden");
    let stranger = app.with_key(http::ApiKey::from_random([1; 8], [2; 32]));
    register(&stranger, "Acme", "order-1").await.expect_problem(401, "unauthorized");
    let path = "/v1/customers";
    let wrong = json!({ "profile": { "name": 1 } });
    app.post_with(path, &wrong, &[("idempotency-key", "order-1")]).await.expect(422);
    assert_eq!(count(&app, ANSWERS).await, 0);
    register(&app, "Acme", "order-1").await.expect(201);
}

#[tokio::test]
async fn a_key_is_one_to_256_printable_ascii_characters() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}/commands/archive-customer", customer_id(1));
    let (longest, too_long) = ("k".repeat(256), "k".repeat(257));
    for (key, status) in [
        (longest.as_str(), 200),
        ("with space and \"quote", 200),
        ("~", 200),
        (too_long.as_str(), 400),
        ("", 400),
        ("\"\"", 400),
        ("\"open", 400),
        ("caf\u{e9}", 400),
        ("tab\there", 400),
    ] {
        let reply = app.post_with(&path, &json!({}), &[("idempotency-key", key)]).await;
        assert_eq!(reply.status, status, "{key}: {}", reply.body);
        if status == 400 {
            reply.expect_problem(400, "invalid_header");
        }
    }
    let two = [("idempotency-key", "a"), ("idempotency-key", "a")];
    app.post_with(&path, &json!({}), &two).await.expect_problem(400, "invalid_header");
}

#[tokio::test]
async fn whitespace_in_a_body_makes_a_different_request() {
    let app = TestApp::new().await;
    let send = async |body: &str| {
        let mut request = app.request(axum::http::Method::POST, "/v1/customers", body.to_owned());
        request.headers_mut().insert("idempotency-key", "k".parse().expect("a value"));
        app.send(request).await
    };
    send(r#"{"profile":{"name":"Acme"}}"#).await.expect(201);
    let other = send(r#"{"profile": {"name":"Acme"}}"#).await;
    let other = other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(other.json().get("errors"), None::<&Value>);
}
