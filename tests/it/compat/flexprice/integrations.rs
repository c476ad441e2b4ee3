//! Ids of customers in other systems.

use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp};

use super::{BASE, create, delete, get, path, post, put, send};

async fn delink(app: &TestApp, body: &Value) -> Reply {
    send(app, Method::DELETE, "/integrations/link", body).await
}

async fn mappings(app: &TestApp, customer: &Value) -> Vec<String> {
    let id = customer["id"].as_str().expect("an id");
    let path = format!("/integrations/mappings?entity_type=customer&entity_id={id}");
    let found = get(app, &path).await.expect(200).json();
    let items = found["items"].as_array().expect("items");
    assert_eq!(found["pagination"]["total"], items.len());
    items.iter().map(|item| item["provider_entity_id"].as_str().expect("one").to_owned()).collect()
}

#[tokio::test]
async fn creations_and_updates_store_mappings_and_expand_shows_them() {
    let app = TestApp::new().await;
    let newer = json!([{
        "entity_id": "x", "entity_type": "customer", "provider_type": "stripe",
        "provider_entity_id": "cus_1", "metadata": {"a": "b"},
    }]);
    let made = create(&app, "acme", json!({"integration_entity_mapping": newer})).await;
    assert_eq!(made["integrations"], json!(null));
    let older = json!([{"provider": "razorpay", "id": "rp_1"}]);
    put(&app, &path(&made), &json!({"integration_entity_mapping": older})).await.expect(200);
    let expanded = get(&app, &format!("{}?expand=integrations", path(&made))).await.expect(200);
    let expanded = expanded.json();
    let shown = expanded["integrations"].as_array().expect("integrations");
    let first = &shown[0];
    let members: Vec<_> = first.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "created_at",
            "created_by",
            "entity_id",
            "entity_type",
            "environment_id",
            "id",
            "metadata",
            "provider_entity_id",
            "provider_type",
            "status",
            "tenant_id",
            "updated_at",
            "updated_by",
        ]
    );
    assert_eq!(first["entity_id"], made["id"]);
    assert_eq!(first["metadata"], json!({"a": "b"}));
    assert_eq!(
        (&shown[1]["provider_type"], &shown[1]["provider_entity_id"], &shown[1]["entity_type"]),
        (&json!("razorpay"), &json!("rp_1"), &json!("customer"))
    );
    // A shown value can be sent again.
    let again = json!({"integration_entity_mapping": shown});
    put(&app, &path(&made), &again).await.expect(200);
    assert_eq!(mappings(&app, &made).await, ["cus_1", "rp_1"]);
    let listed = json!({"expand": "integrations", "external_id": "acme"});
    let listed = post(&app, "/customers/search", &listed).await.expect(200).json();
    assert_eq!(listed["items"][0]["integrations"], expanded["integrations"]);
}

#[tokio::test]
async fn a_link_replaces_another_to_the_same_system() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let mut link = json!({
        "entity_id": made["id"], "entity_type": "customer", "provider_type": "stripe",
        "provider_entity_id": "cus_1",
    });
    let linked = post(&app, "/integrations/link", &link).await.expect(200).json();
    assert_eq!(linked["mapping"]["provider_entity_id"], "cus_1");
    assert_eq!(linked["mapping"]["status"], "published");
    link["provider_entity_id"] = json!("cus_2");
    link["metadata"] = json!({"since": "2026"});
    let replaced = post(&app, "/integrations/link", &link).await.expect(200).json();
    assert_eq!(replaced["mapping"]["metadata"], json!({"since": "2026"}));
    assert_ne!(replaced["mapping"]["id"], linked["mapping"]["id"]);
    for other in [json!([1]), json!("x"), json!(5)] {
        link["metadata"] = other;
        let refused = post(&app, "/integrations/link", &link).await.expect(400).json();
        assert_eq!(refused["details"], json!({"metadata": "must be an object"}));
    }
    link["metadata"] = json!({"list": [1, {"deep": null}]});
    link["provider_type"] = json!("chargebee");
    post(&app, "/integrations/link", &link).await.expect(200);
    assert_eq!(mappings(&app, &made).await, ["cus_2", "cus_2"]);
    assert!(delink(&app, &link).await.expect(200).json()["message"].is_string());
    assert_eq!(delink(&app, &link).await.expect(404).json()["code"], "not_found");
    assert_eq!(mappings(&app, &made).await, ["cus_2"]);
}

#[tokio::test]
async fn unlinking_with_an_idempotency_key_is_executed_once() {
    let app = TestApp::new().await;
    let mapping = json!([{"provider": "stripe", "id": "cus_1"}]);
    let made = create(&app, "acme", json!({"integration_entity_mapping": mapping})).await;
    let body = json!({
        "entity_id": made["id"], "entity_type": "customer", "provider_type": "stripe",
    });
    let request = || {
        let path = format!("{BASE}/integrations/link");
        let mut request = app.request(Method::DELETE, &path, body.to_string());
        request.headers_mut().insert("idempotency-key", "k".parse().expect("a value"));
        app.send(request)
    };
    let first = request().await.expect(200);
    assert_eq!(request().await.expect(200).body, first.body);
    delink(&app, &body).await.expect(404);
}

#[tokio::test]
async fn only_existing_customers_have_mappings() {
    let app = TestApp::new().await;
    let made = create(&app, "acme", json!({})).await;
    let link = |entity_id: &Value, entity_type: &str| {
        json!({
            "entity_id": entity_id, "entity_type": entity_type, "provider_type": "stripe",
            "provider_entity_id": "cus_1",
        })
    };
    let wrong = post(&app, "/integrations/link", &link(&made["id"], "plan")).await.expect(400);
    assert!(wrong.json()["details"]["entity_type"].is_string());
    let empty = post(&app, "/integrations/link", &json!({})).await.expect(400).json();
    assert_eq!(empty["details"].as_object().map(serde_json::Map::len), Some(4));
    for unknown in [json!("acme"), json!("cust_7"), json!(7)] {
        post(&app, "/integrations/link", &link(&unknown, "customer")).await.expect(404);
        delink(&app, &link(&unknown, "customer")).await.expect(404);
    }
    let stranger = app.another_tenant().await;
    post(&stranger, "/integrations/link", &link(&made["id"], "customer")).await.expect(404);
    assert!(mappings(&stranger, &made).await.is_empty());
    let of_plans = get(&app, "/integrations/mappings?entity_type=plan&entity_id=p").await;
    assert_eq!(of_plans.expect(200).json()["items"], json!([]));
    get(&app, "/integrations/mappings?entity_type=customer").await.expect(400);
    delete(&app, &path(&made)).await.expect(204);
    post(&app, "/integrations/link", &link(&made["id"], "customer")).await.expect(409);
}
