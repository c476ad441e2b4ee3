//! Metronome's surface.

use serde_json::json;
use tests::TestApp;

const BASE: &str = "/compat/metronome/v1";

#[tokio::test]
async fn a_customer_that_is_created_here_is_one_everywhere() {
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
async fn failures_are_told_in_metronomes_words() {
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
