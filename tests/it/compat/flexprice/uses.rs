//! What integrators send beside the documented examples.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tests::TestApp;

use super::{BASE, create, get, path, post, put};

async fn found(app: &TestApp, body: Value) -> Vec<String> {
    let found = post(app, "/customers/search", &body).await.expect(200).json();
    let items = found["items"].as_array().expect("items");
    assert_eq!(found["pagination"]["total"], items.len(), "{body}");
    items.iter().map(|item| item["external_id"].as_str().expect("one").to_owned()).collect()
}

#[tokio::test]
async fn customers_are_filtered_and_sorted_by_time_zone_tenant_and_environment() {
    let app = TestApp::new().await;
    let made = create(&app, "a", json!({"timezone": "Europe/Zurich"})).await;
    create(&app, "b", json!({})).await;
    create(&app, "c", json!({"timezone": "UTC"})).await;
    create(&app, "d", json!({"timezone": "Asia/Tokyo"})).await;
    let filter = |field: &str, operator: &str, value: Value| {
        let value =
            if value.is_array() { json!({"array": value}) } else { json!({"string": value}) };
        json!({"order": "asc", "filters": [{"field": field, "operator": operator, "value": value}]})
    };
    let everybody = ["a", "b", "c", "d"];
    let (tenant, environment) = (&made["tenant_id"], &made["environment_id"]);
    for (asked, expected) in [
        (filter("timezone", "eq", json!("Europe/Zurich")), &["a"][..]),
        // A customer without a time zone shows UTC.
        (filter("timezone", "eq", json!("UTC")), &["b", "c"]),
        (filter("timezone", "in", json!(["UTC", "Asia/Tokyo"])), &["b", "c", "d"]),
        (filter("timezone", "not_in", json!(["UTC"])), &["a", "d"]),
        (filter("timezone", "contains", json!("europe")), &["a"]),
        (filter("tenant_id", "eq", tenant.clone()), &everybody),
        (filter("tenant_id", "eq", json!("tenant_other")), &[]),
        (filter("tenant_id", "in", json!([tenant, "x"])), &everybody),
        (filter("tenant_id", "not_in", json!([tenant])), &[]),
        (filter("tenant_id", "contains", json!("TENANT_")), &everybody),
        (filter("environment_id", "eq", environment.clone()), &everybody),
        (filter("environment_id", "not_contains", json!("env_")), &[]),
    ] {
        assert_eq!(found(&app, asked.clone()).await, expected, "{asked}");
    }
    for (sort, expected) in [
        (json!([{"field": "timezone", "direction": "desc"}]), "c"),
        (
            json!([{"field": "tenant_id", "direction": "asc"}, {"field": "external_id", "direction": "asc"}]),
            "a",
        ),
        (json!([{"field": "environment_id", "direction": "asc"}]), "d"),
    ] {
        assert_eq!(found(&app, json!({"sort": sort})).await[0], expected, "{sort}");
    }
    for (field, operator) in [("tenant_id", "gt"), ("environment_id", "before"), ("metadata", "eq")]
    {
        let refused = post(&app, "/customers/search", &filter(field, operator, json!("x"))).await;
        refused.expect(400);
    }
}

#[tokio::test]
async fn metadata_of_a_link_is_any_json() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let metadata = json!({
        "synced": true, "attempts": 3, "share": 0.5, "nothing": null,
        "account": {"id": "acct_1", "scopes": ["read", 7]},
    });
    let link = json!({
        "entity_id": made["id"], "entity_type": "customer", "provider_type": "stripe",
        "provider_entity_id": "cus_1", "metadata": metadata,
    });
    let linked = post(&app, "/integrations/link", &link).await.expect(200).json();
    assert_eq!(linked["mapping"]["metadata"], metadata);
    let expanded = get(&app, &format!("{}?expand=integrations", path(&made))).await.expect(200);
    assert_eq!(expanded.json()["integrations"][0]["metadata"], metadata);
    let native = app.get("/v1/customers/external:acme").await.expect(200).json();
    assert_eq!(native["integrations"][0]["metadata"], metadata);
    // A customer's own metadata maps text to text.
    let refused = put(&app, &path(&made), &json!({"metadata": {"seats": 7}})).await.expect(400);
    assert!(refused.json()["details"]["metadata.seats"].is_string());
    let any = json!({"metadata": {"seats": 7, "plan": "pro", "limits": {"a": 1.5}}});
    app.command("external:acme", "replace-metadata", &any).await.expect(200);
    let shown = get(&app, &path(&made)).await.expect(200).json();
    let texts = json!({"seats": "7", "plan": "pro", "limits": r#"{"a":1.5}"#});
    assert_eq!(shown["metadata"], texts);
    assert_eq!(found(&app, json!({"metadata": {"seats": "7"}})).await, ["acme"]);
}

#[tokio::test]
async fn a_body_without_a_content_type_is_json() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let request = |content_type: Option<&str>| {
        let mut request = Request::builder()
            .method(Method::PUT)
            .uri(format!("{BASE}{}", path(&made)))
            .header("x-api-key", app.key.reveal());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.body(Body::from(r#"{"name": "Renamed"}"#)).expect("a request")
    };
    let renamed = app.send(request(None)).await.expect(200).json();
    assert_eq!(renamed["name"], "Renamed");
    app.send(request(Some("text/plain"))).await.expect(400);
}

#[tokio::test]
async fn usage_and_wallets_are_no_customers_ids() {
    let app = TestApp::new().await;
    create(&app, "usage", json!({})).await;
    let absent = get(&app, "/plans").await.expect(404).body;
    for (name, method) in [
        ("usage", Method::GET),
        ("usage", Method::PUT),
        ("usage", Method::DELETE),
        ("wallets", Method::GET),
    ] {
        let path = format!("{BASE}/customers/{name}?customer_lookup_key=usage");
        let reply = app.send(app.request(method.clone(), &path, "{}")).await.expect(404);
        assert_eq!(reply.body, absent, "{method} {name}");
    }
    get(&app, "/customers/external/usage").await.expect(200);
}

#[tokio::test]
async fn a_person_s_name_is_shown_where_the_client_says_who_it_is() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    assert_eq!(made["created_by"], app.key.id(), "nobody is named");
    let body = json!({"external_id": "bolt", "name": "Bolt"});
    let actor = [("x-actor", "Ada Lovelace")];
    let made = app.post_with(&format!("{BASE}/customers"), &body, &actor).await.expect(201).json();
    assert_eq!(
        (&made["created_by"], &made["updated_by"]),
        (&json!("Ada Lovelace"), &json!("Ada Lovelace"))
    );
    let link = json!({
        "entity_id": made["id"], "entity_type": "customer", "provider_type": "stripe",
        "provider_entity_id": "cus_1",
    });
    let path = format!("{BASE}/integrations/link");
    app.post_with(&path, &link, &[("x-actor", "Bob")]).await.expect(200);
    let shown = get(&app, &super::path(&made)).await.expect(200).json();
    assert_eq!(
        (&shown["created_by"], &shown["updated_by"]),
        (&json!("Ada Lovelace"), &json!("Bob"))
    );
    let by_ada = json!({"filters": [
        {"field": "created_by", "operator": "eq", "value": {"string": "Ada Lovelace"}},
    ]});
    assert_eq!(found(&app, by_ada).await, ["bolt"]);
}
