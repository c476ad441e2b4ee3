//! Metronome's API.

mod old_configs;
mod uses;

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use tests::{Reply, TestApp, customer_id};

const BASE: &str = "/compat/metronome/v1";

async fn post(app: &TestApp, path: &str, body: &Value) -> Reply {
    app.post(&format!("{BASE}{path}"), body).await
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.get(&format!("{BASE}{path}")).await.expect(200).json()
}

/// A new customer's id.
async fn created(app: &TestApp, body: &Value) -> String {
    let made = post(app, "/customers", body).await.expect(200).json();
    made["data"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_created_customer_shows_in_every_api() {
    let app = TestApp::new().await;
    let sent = json!({
        "name": "Example, Inc.",
        "ingest_aliases": ["team@example.com"],
        "customer_billing_provider_configurations": [{
            "billing_provider": "stripe",
            "delivery_method": "direct_to_billing_provider",
            "configuration": {
                "stripe_customer_id": "cus_123",
                "stripe_collection_method": "charge_automatically",
            },
        }],
    });
    let made = app.post(&format!("{BASE}/customers"), &sent).await.expect(200).json();
    let id = made["data"]["id"].as_str().expect("an id");
    assert_eq!(made["data"]["ingest_aliases"], json!(["team@example.com"]));
    let native = app.get(&format!("/v1/customers/{id}")).await.expect(200).json();
    assert_eq!(native["profile"]["name"], "Example, Inc.");
    assert_eq!(native["billing_configs"][0]["provider"], "stripe");
    let shown = app.get(&format!("{BASE}/customers/{id}")).await.expect(200).json();
    assert_eq!(shown["data"]["name"], "Example, Inc.");
    let events = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    assert_eq!(events["items"][0]["surface"], "metronome");
}

#[tokio::test]
async fn errors_have_metronomes_format() {
    let app = TestApp::new().await;
    let path = format!("{BASE}/customers");
    let reply = app.post(&path, &json!({"ingest_aliases": ["a"]})).await.expect(400);
    assert_eq!(reply.json(), json!({"message": "/name is required"}));
    let named = json!({"name": "Acme", "ingest_aliases": ["acme"]});
    app.post(&path, &named).await.expect(200);
    let taken = app.post(&path, &named).await.expect(409);
    assert_eq!(taken.headers["x-should-retry"], "false");
    assert!(taken.json()["message"].is_string());
    for unknown in ["/customers/7", "/plans/list", "/customers/7/invoices"] {
        let missing = app.get(&format!("{BASE}{unknown}")).await.expect(404).json();
        let members: Vec<_> = missing.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["message"]);
    }
}

#[tokio::test]
async fn leaving_drafts_follows_the_customer_then_the_tenant_then_true() {
    let app = TestApp::new().await;
    let id = created(&app, &json!({"name": "Acme"})).await;
    let path = format!("/customers/{id}");
    let drafts = async || {
        let shown = get(&app, &path).await;
        shown["data"]["customer_config"]["leave_stripe_invoices_in_draft"].clone()
    };
    assert_eq!(drafts().await, true);
    let settings = json!({"leave_stripe_invoices_in_draft": false});
    app.post("/v1/tenant/commands/update-settings", &settings).await.expect(200);
    assert_eq!(drafts().await, false);
    let update = format!("{path}/updateConfig");
    let reply = post(&app, &update, &json!({"leave_stripe_invoices_in_draft": true})).await;
    assert_eq!(reply.expect(200).body, "", "no body at all");
    assert_eq!(drafts().await, true);
    post(&app, &update, &json!({"leave_stripe_invoices_in_draft": null})).await.expect(200);
    assert_eq!(drafts().await, false);
    let wrong = post(&app, &update, &json!({"leave_stripe_invoices_in_draft": "no"})).await;
    let error = wrong.expect(400).json();
    let message = error["message"].as_str().expect("a message");
    assert!(message.starts_with("/leave_stripe_invoices_in_draft "), "{message}");
}

#[tokio::test]
async fn every_delivery_method_has_an_id_even_if_the_tenant_has_none() {
    let app = TestApp::new().await;
    let set_up = json!({
        "billing_provider": "aws_marketplace",
        "delivery_method": "aws_sqs",
        "configuration": {"aws_region": "us-east-1"},
    });
    let made = post(&app, "/setUpBillingProvider", &set_up).await.expect(200).json();
    let own = &made["data"]["delivery_method_id"];
    let listed = post(&app, "/listConfiguredBillingProviders", &json!({})).await.expect(200).json();
    assert_eq!(
        listed,
        json!({"data": [{
        "billing_provider": "aws_marketplace",
        "delivery_method_id": own,
        "delivery_method": "aws_sqs",
        "delivery_method_configuration": {"aws_region": "us-east-1"},
    }], "next_page": null})
    );
    let id = created(&app, &json!({"name": "Acme"})).await;
    let azure = |way: Value| {
        let mut config = json!({
            "customer_id": id,
            "billing_provider": "azure_marketplace",
            "configuration": {"azure_subscription_id": "my_subscription"},
        });
        config.as_object_mut().expect("an object").extend(way.as_object().expect("one").clone());
        config
    };
    let aws = json!({
        "customer_id": id,
        "billing_provider": "aws_marketplace",
        "delivery_method_id": own,
        "configuration": {
            "aws_customer_id": "ABC123ABC12", "aws_product_code": "my_product", "aws_region": "us-west-1",
        },
    });
    let set = "/setCustomerBillingProviderConfigurations";
    let data = json!({"data": [aws, azure(json!({"delivery_method": "aws_sns"}))]});
    let added = post(&app, set, &data).await.expect(200).json();
    let set_up = added["data"].as_array().expect("configurations");
    assert_eq!(set_up[0]["delivery_method"], "aws_sqs");
    assert_eq!(set_up[0]["delivery_method_configuration"], json!({"aws_region": "us-east-1"}));
    assert_eq!(set_up[1]["delivery_method"], "aws_sns");
    // A shown id can be used again.
    let same = azure(json!({"delivery_method_id": set_up[1]["delivery_method_id"]}));
    let again = post(&app, set, &json!({"data": [same]})).await.expect(200).json();
    assert_eq!(again["data"][0]["delivery_method"], "aws_sns");
    assert_eq!(again["data"][0]["delivery_method_id"], set_up[1]["delivery_method_id"]);
    let unknown = azure(json!({"delivery_method_id": customer_id(404)}));
    post(&app, set, &json!({"data": [unknown]})).await.expect(400);
}

#[tokio::test]
async fn a_numeric_id_of_a_revenue_system_is_returned_as_text() {
    let app = TestApp::new().await;
    let id = created(&app, &json!({"name": "Acme"})).await;
    let config = json!({
        "customer_id": id, "provider": "netsuite", "configuration": {"netsuite_customer_id": 12345},
    });
    let set = json!({"data": [config]});
    let added =
        post(&app, "/setCustomerRevenueSystemConfigurations", &set).await.expect(200).json();
    let config = &added["data"][0];
    assert_eq!(config["configuration"], json!({"netsuite_customer_id": "12345"}));
    assert_eq!(config["customer_id"], json!(id));
    assert!(config["delivery_method_id"].is_string());
    // The same one twice, as in the documented example.
    let ids = json!([config["id"], config["id"]]);
    let archive = json!({"customer_id": id, "customer_revenue_system_configuration_ids": ids});
    let archived = post(&app, "/archiveCustomerRevenueSystemConfigurations", &archive).await;
    assert_eq!(archived.expect(200).json(), json!({"data": archive}));
    let get = "/getCustomerRevenueSystemConfigurations";
    let left = post(&app, get, &json!({"customer_id": id})).await.expect(200).json();
    assert_eq!(left, json!({"data": []}));
    let all = json!({"customer_id": id, "include_archived": true});
    let all = post(&app, get, &all).await.expect(200).json();
    assert!(all["data"][0]["archived_at"].is_string());
}

#[tokio::test]
async fn configurations_are_archived_all_or_none() {
    let app = TestApp::new().await;
    let config = json!({
        "billing_provider": "netsuite",
        "delivery_method": "direct_to_billing_provider",
        "configuration": {"netsuite_customer_id": "1"},
    });
    let body = json!({"name": "Acme", "customer_billing_provider_configurations": [config]});
    let id = created(&app, &body).await;
    let of = json!({"customer_id": id});
    let get = "/getCustomerBillingProviderConfigurations";
    let before = post(&app, get, &of).await.expect(200).json();
    let ids = json!([before["data"][0]["id"], customer_id(404)]);
    let archive = json!({"customer_id": id, "customer_billing_provider_configuration_ids": ids});
    let path = "/archiveCustomerBillingProviderConfigurations";
    post(&app, path, &archive).await.expect(400);
    assert_eq!(post(&app, get, &of).await.expect(200).json(), before);
}

#[tokio::test]
async fn a_repeated_request_is_executed_once_and_a_different_one_refused() {
    let app = TestApp::new().await;
    let path = format!("{BASE}/customers");
    let key = [("idempotency-key", "one")];
    let first = app.post_with(&path, &json!({"name": "Acme"}), &key).await.expect(200);
    let second = app.post_with(&path, &json!({"name": "Acme"}), &key).await.expect(200);
    assert_eq!(first.body, second.body);
    let other = app.post_with(&path, &json!({"name": "Bolt"}), &key).await.expect(409);
    assert_eq!(other.headers["x-should-retry"], "false");
    let refusal = [("idempotency-key", "two")];
    let nobody = format!("{BASE}/customers/{}/setName", customer_id(404));
    let first = app.post_with(&nobody, &json!({"name": "Acme"}), &refusal).await.expect(404);
    let second = app.post_with(&nobody, &json!({"name": "Acme"}), &refusal).await.expect(404);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn another_tenant_s_objects_are_answered_like_missing_ones() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let theirs = created(&other, &json!({"name": "Acme", "ingest_aliases": ["acme"]})).await;
    let nobody = customer_id(404).to_string();
    for (method, path, body) in [
        ("GET", "/customers/{id}", json!(null)),
        ("POST", "/customers/{id}/setName", json!({"name": "Mine"})),
        ("POST", "/customers/{id}/setIngestAliases", json!({"ingest_aliases": []})),
        ("POST", "/customers/{id}/updateConfig", json!({})),
        ("POST", "/customers/archive", json!({"id": "{id}"})),
        ("GET", "/customers?customer_ids={id}", json!(null)),
        ("GET", "/customers/{id}/billing-config/stripe", json!(null)),
        ("DELETE", "/customers/{id}/billing-config/stripe", json!(null)),
        ("POST", "/getCustomerBillingProviderConfigurations", json!({"customer_id": "{id}"})),
        ("GET", "/auditLogs?resource_type=customer&resource_id={id}&sort=date_desc", json!(null)),
    ] {
        let mut answers = Vec::new();
        for id in [&theirs, &nobody] {
            let path = format!("{BASE}{path}").replace("{id}", id);
            let body = body.to_string().replace("{id}", id);
            let body = if body == "null" { Body::empty() } else { body.into() };
            let method: Method = method.parse().expect("a method");
            let reply = app.send(app.request(method, &path, body)).await;
            answers.push((reply.status, reply.body.clone()));
        }
        assert_eq!(answers[0], answers[1], "{method} {path}");
    }
    let shown = get(&other, &format!("/customers/{theirs}")).await;
    assert_eq!(shown["data"]["name"], "Acme");
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_list_and_keeps_the_audit_log_s_times() {
    let app = TestApp::new().await;
    for name in ["Acme", "Bolt"] {
        created(&app, &json!({"name": name})).await;
    }
    let page = get(&app, "/customers?limit=1").await;
    let next = page["next_page"].as_str().expect("a next page");
    let second = get(&app, &format!("/customers?limit=1&next_page={next}")).await;
    assert_eq!(second["data"][0]["name"], "Bolt");
    assert_eq!(second["next_page"], json!(null));
    for wrong in [
        format!("/customers?only_archived=true&next_page={next}"),
        format!("/auditLogs?next_page={next}"),
        "/customers?next_page=7".to_owned(),
        "/customers?limit=101".to_owned(),
        "/auditLogs?resource_id=7".to_owned(),
        "/auditLogs?sort=upwards".to_owned(),
        "/auditLogs?starting_on=yesterday".to_owned(),
    ] {
        app.get(&format!("{BASE}{wrong}")).await.expect(400);
    }
    let logs = get(&app, "/auditLogs?ending_before=2026-01-01T00%3A00%3A00.000Z").await;
    assert_eq!(logs["data"], json!([]));
    let next = logs["next_page"].as_str().expect("there is always a next page");
    let later = get(&app, &format!("/auditLogs?next_page={next}")).await;
    assert_eq!(later["data"], json!([]), "all that happened was later");
    let own = get(&app, "/auditLogs?limit=100").await;
    let kinds: Vec<_> = own["data"].as_array().expect("logs").iter().collect();
    assert_eq!(kinds.len(), 3, "the tenant's own creation, too");
}
