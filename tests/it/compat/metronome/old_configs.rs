//! The old, flat form of a billing configuration.

use serde_json::{Value, json};
use tests::TestApp;

use super::{created, get, post};

fn with(config: &Value) -> Value {
    json!({"name": "Acme", "billing_config": config})
}

#[tokio::test]
async fn google_s_marketplace_needs_its_service_and_can_be_set_in_the_old_form() {
    let app = TestApp::new().await;
    let flat = json!({"billing_provider_customer_id": "e-1", "gcp_service_name": "s.example"});
    let mut old = flat.clone();
    old["billing_provider_type"] = json!("gcp_marketplace");
    let id = created(&app, &with(&old)).await;
    let path = format!("/customers/{id}/billing-config/gcp_marketplace");
    assert_eq!(get(&app, &path).await["data"], flat);
    let next = json!({"billing_provider_customer_id": "e-2", "gcp_service_name": "s.example"});
    post(&app, &path, &next).await.expect(200);
    assert_eq!(get(&app, &path).await["data"], next);
    let native = app.get(&format!("/v1/customers/{id}")).await.expect(200).json();
    let expected = json!({"gcp_entitlement_id": "e-2", "gcp_service_name": "s.example"});
    assert_eq!(native["billing_configs"][1]["configuration"], expected);
}

#[tokio::test]
async fn an_error_names_the_member_that_the_client_sent() {
    let app = TestApp::new().await;
    let id = created(&app, &json!({"name": "Acme"})).await;
    let long = "x".repeat(300);
    for (provider, mut config, wrong) in [
        ("gcp_marketplace", json!({"billing_provider_customer_id": "c"}), "gcp_service_name"),
        (
            "aws_marketplace",
            json!({"billing_provider_customer_id": "c", "aws_region": "us-east-1"}),
            "aws_product_code",
        ),
        (
            "aws_marketplace",
            json!({
                "billing_provider_customer_id": "c", "aws_customer_id": long,
                "aws_product_code": "p", "aws_region": "us-east-1",
            }),
            "aws_customer_id",
        ),
        ("stripe", json!({"billing_provider_customer_id": long}), "billing_provider_customer_id"),
        ("stripe", json!({"billing_provider_customer_id": null}), "billing_provider_customer_id"),
        (
            "stripe",
            json!({"billing_provider_customer_id": "c", "stripe_collection_method": "x"}),
            "stripe_collection_method",
        ),
    ] {
        let path = format!("/customers/{id}/billing-config/{provider}");
        let refused = post(&app, &path, &config).await.expect(400).json();
        let message = refused["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("/{wrong} ")), "{message}");
        config["billing_provider_type"] = json!(provider);
        let refused = post(&app, "/customers", &with(&config)).await.expect(400).json();
        let message = refused["message"].as_str().expect("a message");
        assert!(message.starts_with(&format!("/billing_config/{wrong} ")), "{message}");
    }
    let unnamed = with(&json!({"billing_provider_customer_id": "c"}));
    let refused = post(&app, "/customers", &unnamed).await.expect(400).json();
    let expected = "/billing_config/billing_provider_type must be a billing provider";
    assert_eq!(refused["message"], expected);
}

#[tokio::test]
async fn members_of_another_provider_are_ignored_in_the_old_form() {
    let app = TestApp::new().await;
    let id = created(&app, &json!({"name": "Acme"})).await;
    let path = format!("/customers/{id}/billing-config/stripe");
    let sent = json!({"billing_provider_customer_id": "cus_1", "aws_region": "us-east-1"});
    post(&app, &path, &sent).await.expect(200);
    let expected = json!({"billing_provider_customer_id": "cus_1"});
    assert_eq!(get(&app, &path).await["data"], expected);
}

#[tokio::test]
async fn the_old_form_may_stand_beside_a_list_that_is_null() {
    let app = TestApp::new().await;
    let mut sent = with(&json!({
        "billing_provider_type": "stripe", "billing_provider_customer_id": "cus_1",
    }));
    sent["customer_billing_provider_configurations"] = json!(null);
    let id = created(&app, &sent).await;
    let native = app.get(&format!("/v1/customers/{id}")).await.expect(200).json();
    assert_eq!(native["billing_configs"][0]["configuration"]["stripe_customer_id"], "cus_1");
}
