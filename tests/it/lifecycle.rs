//! Archiving and restoring, and the effect of tenants' settings on customers.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

async fn with_customer() -> (TestApp, String) {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    (app, customer_id(1).to_string())
}

async fn tell_tenant(app: &TestApp, command: &str, body: Value) {
    app.post(&format!("/v1/tenant/commands/{command}"), &body).await.expect(200);
}

#[tokio::test]
async fn an_archived_customer_refuses_every_change_except_its_restoration() {
    let (app, id) = with_customer().await;
    app.command(&id, "archive-customer", &json!({})).await.expect(200);
    for (command, body) in [
        ("update-profile", json!({ "name": "Other" })),
        ("set-aliases", json!({ "aliases": ["a"] })),
        ("change-external-id", json!({ "external_id": "x" })),
        ("revert-to", json!({ "version": 1 })),
        ("set-parent", json!({ "parent_customer_id": null })),
    ] {
        let refused = app.command(&id, command, &body).await;
        assert_eq!(refused.status, 409, "{command}: {}", refused.body);
        refused.expect_problem(409, "customer_archived");
    }
    let again = app.command(&id, "archive-customer", &json!({})).await.expect(200);
    assert_eq!(again.json()["events"], json!([]));
    app.command(&id, "restore-customer", &json!({})).await.expect(200);
    app.command(&id, "update-profile", &json!({ "name": "Other" })).await.expect(200);
}

#[tokio::test]
async fn a_customer_can_be_reverted_to_an_earlier_version() {
    let (app, id) = with_customer().await;
    let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
    app.command(&id, "add-billing-config", &config).await.expect(200);
    let then = app.get(&format!("/v1/customers/{id}")).await.expect(200).json();
    let config = then["billing_configs"][0]["id"].clone();
    app.command(&id, "update-profile", &json!({ "name": "Other", "phone": "1" })).await.expect(200);
    app.command(&id, "archive-billing-configs", &json!({ "ids": [config] })).await.expect(200);

    let back = app.command(&id, "revert-to", &json!({ "version": 2 })).await.expect(200);
    let now = app.get(&format!("/v1/customers/{id}")).await.expect(200).json();
    assert_eq!(now["profile"], then["profile"]);
    assert_eq!(now["billing_configs"], then["billing_configs"]);
    assert_eq!(now["version"], back.json()["version"]);
    let unknown = app.command(&id, "revert-to", &json!({ "version": 99 })).await;
    unknown.expect_problem(422, "version_unknown");
    let nobody = customer_id(9).to_string();
    let unknown = app.command(&nobody, "revert-to", &json!({ "version": 1 })).await;
    unknown.expect_problem(404, "customer_unknown");
    let nobody = app.command("alias:nobody", "revert-to", &json!({ "version": 1 })).await;
    nobody.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn a_unique_custom_field_value_belongs_to_one_customer_until_removed() {
    let (app, id) = with_customer().await;
    app.register(customer_id(2), "Bolt").await;
    let other = customer_id(2).to_string();
    let key = json!({ "key": "vat", "enforce_uniqueness": true });
    tell_tenant(&app, "add-custom-field-key", key).await;
    let fields = json!({ "fields": { "vat": "SE-1" } });
    app.command(&id, "set-custom-fields", &fields).await.expect(200);
    let taken = app.command(&other, "set-custom-fields", &fields).await;
    taken.expect_problem(409, "custom_field_value_taken");
    app.command(&id, "delete-custom-fields", &json!({ "keys": ["vat"] })).await.expect(200);
    app.command(&other, "set-custom-fields", &fields).await.expect(200);

    let unknown = app.command(&id, "set-custom-fields", &json!({ "fields": { "no": "x" } })).await;
    unknown.expect_problem(422, "custom_field_key_unknown");
    tell_tenant(&app, "remove-custom-field-key", json!({ "key": "vat" })).await;
    let removed = app.command(&id, "set-custom-fields", &fields).await;
    removed.expect_problem(422, "custom_field_key_unknown");
}

#[tokio::test]
async fn a_billing_config_uses_a_delivery_method_of_the_tenant_or_a_plain_one() {
    let (app, id) = with_customer().await;
    let (first, second) = (customer_id(0xd1), customer_id(0xd2));
    let method = |id| json!({ "id": id, "provider": "custom", "delivery_method": "aws_sqs" });
    let config = |by: Value| {
        let mut config = json!({ "provider": "custom" });
        config.as_object_mut().expect("an object").extend(by.as_object().expect("one").clone());
        config
    };
    let kind = || config(json!({ "delivery_method": "aws_sqs" }));
    let by_id = |id| config(json!({ "delivery_method_id": id }));
    let refused = async |body: Value, code| {
        app.command(&id, "add-billing-config", &body).await.expect_problem(422, code);
    };

    refused(config(json!({})), "delivery_method_missing").await;
    refused(by_id(first), "delivery_method_unknown").await;
    app.command(&id, "add-billing-config", &kind()).await.expect(200);
    tell_tenant(&app, "add-delivery-method", method(first)).await;
    app.command(&id, "add-billing-config", &kind()).await.expect(200);
    app.command(&id, "add-billing-config", &by_id(first)).await.expect(200);
    tell_tenant(&app, "add-delivery-method", method(second)).await;
    refused(kind(), "delivery_method_id_required").await;
    let both = json!({ "delivery_method": "aws_sqs", "delivery_method_id": first });
    refused(config(both), "delivery_method_ambiguous").await;
    app.command(&id, "add-billing-config", &by_id(second)).await.expect(200);
    tell_tenant(&app, "archive-delivery-methods", json!({ "ids": [first] })).await;
    refused(by_id(first), "delivery_method_unknown").await;
}
