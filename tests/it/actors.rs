//! Actors and keys: the caller claims the actor, the service verifies the key.

use axum::http::Method;
use serde_json::json;
use server::keys::{KeyLimits, create_key};
use store::Role;
use store::api_keys::Scope;
use tests::{TestApp, customer_id};

/// The service, called with a key that may act for these.
async fn acting_for(app: &TestApp, actors: &[&str]) -> TestApp {
    let options = &app.database.options;
    let mut connection = store::connect(options, Role::KeyAdmin).await.expect("a session");
    let actors = actors.iter().map(ToString::to_string).collect();
    let limits = KeyLimits { actors, ..KeyLimits::default() };
    let key = create_key(&mut connection, app.tenant, "acting", &Scope::OF_TENANT, limits).await;
    app.with_key(key.expect("a key"))
}

#[tokio::test]
async fn no_caller_can_pose_as_another_key() {
    let app = TestApp::new().await;
    let victim = app.new_key(&Scope::OF_TENANT).await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    let upper = victim.id().to_uppercase();
    let padded = format!("  {} ", victim.id());
    for actor in [victim.id(), &upper, &padded, "0123456789abcdef"] {
        let reply = app.post_with("/v1/customers", &body, &[("x-actor", actor)]).await;
        let detail = reply.expect_problem(400, "invalid_header").json()["detail"].to_string();
        assert!(detail.contains("x-actor") && detail.contains("API key's id"), "{detail}");
        // In every API, and for reads, whose audit has the actor.
        app.get_with("/v1/tenant", &[("x-actor", actor)])
            .await
            .expect_problem(400, "invalid_header");
        let path = "/compat/flexprice/v1/customers";
        let theirs = json!({ "external_id": "a", "name": "Acme" });
        app.post_with(path, &theirs, &[("x-actor", actor)]).await.expect(400);
    }
    app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(404);
    app.post_with("/v1/customers", &body, &[("x-actor", "ada")]).await.expect(201);
}

#[tokio::test]
async fn history_shows_the_key_beside_the_claimed_actor() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "Acme" } });
    app.post_with("/v1/customers", &body, &[("x-actor", "ada")]).await.expect(201);
    let other = app.with_key(app.new_key(&Scope::OF_TENANT).await);
    let rename = json!({ "name": "Bolt" });
    other.command(&customer_id(1).to_string(), "update-profile", &rename).await.expect(200);
    app.settle().await;

    let path = format!("/v1/customers/{}", customer_id(1));
    let changes = app.get(&format!("{path}/changes?field=/profile/name")).await.expect(200).json();
    let blame = app.get(&format!("{path}/blame")).await.expect(200).json();
    let name = |fields: &serde_json::Value| {
        let fields = fields.as_array().expect("fields").iter();
        fields.filter(|field| field["field"] == "/profile/name").cloned().collect::<Vec<_>>()
    };
    let changes = name(&changes["items"]);
    let who = |change: &serde_json::Value| (change["actor"].clone(), change["api_key"].clone());
    let (first, second) = (app.key.id(), other.key.id());
    let mut seen: Vec<_> = changes.iter().map(who).collect();
    seen.sort_by_key(|(actor, _)| *actor == json!("ada"));
    assert_eq!(seen, [(json!(second), json!(second)), (json!("ada"), json!(first))]);
    assert_eq!(who(&name(&blame["fields"])[0]), (json!(second), json!(second)));
    for events in [
        format!("{path}/events?order=oldest"),
        "/v1/audit?order=oldest&type=CustomerRegistered".to_owned(),
    ] {
        let events = app.get(&events).await.expect(200).json();
        assert_eq!(who(&events["items"][0]), (json!("ada"), json!(first)));
    }
}

#[tokio::test]
async fn a_restricted_key_acts_only_for_its_actors() {
    let app = TestApp::new().await;
    let acting = acting_for(&app, &["ada@example.com", "grace@example.com"]).await;
    let body = |number| json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
    for (number, said) in [(1, &[("x-actor", "grace@example.com")][..]), (2, &[])] {
        acting.post_with("/v1/customers", &body(number), said).await.expect(201);
    }
    for actor in ["eve@example.com", "Ada@example.com", "ada@example.com,grace@example.com"] {
        let said = [("x-actor", actor)];
        let reply = acting.post_with("/v1/customers", &body(3), &said).await;
        let detail = reply.expect_problem(403, "actor_not_allowed").json()["detail"].to_string();
        for named in [actor, "ada@example.com", "grace@example.com"] {
            assert!(detail.contains(named), "{detail}");
        }
        acting.get_with("/v1/tenant", &said).await.expect_problem(403, "actor_not_allowed");
        let lines = acting.post_with("/v1/commands", &json!({}), &said).await;
        lines.expect_problem(403, "actor_not_allowed");
        acting.get_with("/compat/flexprice/v1/customers", &said).await.expect(403);
    }
    let line =
        json!({ "command": "register-customer", "body": body(3), "actor": "eve@example.com" });
    let mut lines = acting.request(Method::POST, "/v1/commands", line.to_string());
    let ndjson = "application/x-ndjson".parse().expect("a content type");
    lines.headers_mut().insert("content-type", ndjson);
    let answer = acting.send(lines).await.expect(200).json();
    assert_eq!(answer["answer"]["code"], "actor_not_allowed");
    app.get(&format!("/v1/customers/{}", customer_id(3))).await.expect(404);
    // A key without such a list may name any actor.
    app.post_with("/v1/customers", &body(4), &[("x-actor", "eve@example.com")]).await.expect(201);
}

#[tokio::test]
async fn keys_cannot_be_restricted_to_invalid_actors() {
    let app = TestApp::new().await;
    let options = &app.database.options;
    let mut connection = store::connect(options, Role::KeyAdmin).await.expect("a session");
    let long = "x".repeat(257);
    let many: Vec<String> = (0..51).map(|number| format!("actor {number}")).collect();
    let lists = [
        vec![String::new()],
        vec![long],
        vec!["a\nb".to_owned()],
        vec!["0123456789abcdef".to_owned()],
        vec!["ada".to_owned(), "ada".to_owned()],
        many,
    ];
    for actors in lists {
        let limits = KeyLimits { actors: actors.clone(), ..KeyLimits::default() };
        let made = create_key(&mut connection, app.tenant, "x", &[Scope::Read], limits).await;
        let refused = made.expect_err("a refusal").to_string();
        assert!(refused.starts_with("the actor"), "{actors:?}: {refused}");
    }
}
