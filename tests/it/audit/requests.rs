//! Requests to the audit and their answers.

use serde_json::{Value, json};
use tests::{TestApp, customer_id, full_names, store_behind, with_query};

/// The names of a page's events.
fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["type"].as_str().expect("a name")).collect()
}

async fn audit(app: &TestApp, asked: &[(&str, &str)]) -> Value {
    app.get(&with_query("/v1/audit", asked)).await.expect(200).json()
}

#[tokio::test]
async fn the_audit_shows_events_with_their_metadata() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let renamed = app
        .post_with(
            &format!("/v1/customers/{}/commands/update-profile", customer_id(1)),
            &json!({ "name": "Other" }),
            &[
                ("x-actor", "ada@example.com"),
                ("x-reason", "a move"),
                ("x-request-id", "r-2"),
                ("x-correlation-id", "c-1"),
            ],
        )
        .await
        .expect(200);
    app.settle().await;
    let page = audit(&app, &[]).await;
    assert_eq!(names(&page), ["ProfileUpdated", "CustomerRegistered", "TenantCreated"]);
    assert!(page.get("next_cursor").is_none(), "there is nothing before");
    let event = &page["items"][0];
    let expected = json!({
        "customer_id": customer_id(1), "version": 2, "position": renamed.json()["position"],
        "recorded_at": renamed.json()["events"][0]["recorded_at"], "type": "ProfileUpdated",
        "event_version": "1.0", "data": { "name": "Other" }, "actor": "ada@example.com",
        "api_key": app.key.id(), "reason": "a move", "request_id": "r-2",
        "correlation_id": "c-1", "surface": "native", "command": "update-profile",
        "application_version": env!("CARGO_PKG_VERSION"),
        "customer_name": "Other", "api_key_name": "test",
    });
    assert_eq!(*event, expected);
    assert!(page["items"][2].get("customer_id").is_none(), "the tenant's own is no customer's");
    let oldest = audit(&app, &[("order", "oldest")]).await;
    assert_eq!(names(&oldest), ["TenantCreated", "CustomerRegistered", "ProfileUpdated"]);
}

#[tokio::test]
async fn a_tenant_s_audit_shows_nothing_of_another_tenant() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    other.register(customer_id(1), "Secret").await;
    app.settle().await;
    assert_eq!(names(&audit(&app, &[]).await), ["TenantCreated"]);
    for asked in [[("api_key", other.key.id())], [("field", "/profile/name")]] {
        assert_eq!(names(&audit(&app, &asked).await), [""; 0], "{asked:?}");
    }
    let customer = customer_id(1).to_string();
    let unknown = app.get(&with_query("/v1/audit", &[("customer", &customer)])).await;
    unknown.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn a_customer_is_found_by_any_of_its_names() {
    let app = TestApp::new().await;
    let body = json!({
        "id": customer_id(1), "profile": { "name": "Acme" }, "external_id": "acme",
        "aliases": ["ac-me"]
    });
    app.post("/v1/customers", &body).await.expect(201);
    app.register(customer_id(2), "Other").await;
    app.settle().await;
    for name in [&*customer_id(1).to_string(), "external:acme", "alias:ac-me"] {
        let page = audit(&app, &[("customer", name)]).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{name}");
        assert_eq!(page["items"][0]["customer_id"], customer_id(1).to_string());
    }
}

#[tokio::test]
async fn invalid_parameters_of_the_audit_are_refused_by_name() {
    let app = TestApp::new().await;
    for (name, value) in [
        ("order", "random"),
        ("type", "NoSuchEvent"),
        ("field", "profile"),
        ("after", "yesterday"),
        ("before", "2026-02-30T00:00:00Z"),
        ("limit", "0"),
        ("limit", "201"),
        ("actor", "a\0b"),
    ] {
        let reply = app.get(&with_query("/v1/audit", &[(name, value)])).await;
        let detail = reply.expect_problem(400, "invalid_query").json()["detail"].to_string();
        assert!(detail.contains(name), "{name}={value}: {detail}");
    }
    let reply = app.get("/v1/audit?colour=red").await;
    reply.expect_problem(400, "invalid_query");
    app.get("/v1/audit?customer=nobody").await.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn rare_events_are_found_by_following_cursors() {
    let app = TestApp::new().await;
    let id = customer_id(1).to_string();
    let headers = [("x-actor", "ada")];
    let body = json!({ "id": id, "profile": { "name": "Acme" } });
    app.post_with("/v1/customers", &body, &headers).await.expect(201);
    // A search reads 2,000 entries at a time: the last of them matches.
    for first in (0..1_998).step_by(100) {
        let notes = first..1_998.min(first + 100);
        let commands: Vec<_> = notes
            .map(|n| json!({ "command": "update-profile", "body": { "name": n.to_string() } }))
            .collect();
        let body = json!({ "commands": commands });
        app.post_with(&format!("/v1/customers/{id}/commands"), &body, &headers).await.expect(200);
    }
    for command in ["archive-customer", "restore-customer", "archive-customer"] {
        let path = format!("/v1/customers/{id}/commands/{command}");
        app.post_with(&path, &json!({}), &headers).await.expect(200);
    }
    app.settle().await;
    for (order, expected) in [("oldest", [2_000, 2_002]), ("newest", [2_002, 2_000])] {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..4 {
            let mut asked = vec![("actor", "ada"), ("type", "CustomerArchived"), ("order", order)];
            asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = audit(&app, &asked).await;
            let items = page["items"].as_array().expect("items").iter();
            found.extend(items.map(|item| item["version"].as_i64().expect("a version")));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{order} first");
    }
}

#[tokio::test]
async fn older_events_are_shown_in_today_s_format_and_unknown_ones_as_stored() {
    let app = TestApp::with_upcasters(full_names()).await;
    app.register(customer_id(1), "Acme").await;
    let older = json!({ "full_name": "Grace" });
    store_behind(&app, customer_id(1), "ProfileUpdated", "0.9", &older).await;
    app.settle().await;
    let page = audit(&app, &[("type", "ProfileUpdated")]).await;
    assert_eq!(page["items"][0]["event_version"], "1.0");
    assert_eq!(page["items"][0]["data"]["name"], "Grace");
    // An instance that doesn't know that version shows what is stored.
    let unknowing = app.another_release(domain::upcast::Upcasters::default()).await;
    let page = audit(&unknowing, &[("type", "ProfileUpdated")]).await;
    assert_eq!(page["items"][0]["event_version"], "0.9");
    assert_eq!(page["items"][0]["data"], older);
}

#[tokio::test]
async fn a_client_always_finds_its_own_writes_in_the_audit() {
    let app = TestApp::new().await;
    for number in 1..=20 {
        let written = app.register(customer_id(number), "Acme").await;
        let at_least = [("dossier-at-least", written.header("dossier-position"))];
        let customer = customer_id(number).to_string();
        let asked = [("customer", &*customer), ("field", "/profile/name")];
        let page = app.get_with(&with_query("/v1/audit", &asked), &at_least).await.expect(200);
        assert_eq!(names(&page.json()), ["CustomerRegistered"]);
    }
}
