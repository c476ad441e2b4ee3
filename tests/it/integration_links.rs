//! The current and former holders of an id in another system.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};

const ASKED: [(&str, &str); 2] = [("provider_type", "crm"), ("provider_entity_id", "77")];

async fn send(app: &TestApp, customer: u64, command: &str, entity: &str) {
    let body = json!({ "provider_type": "crm", "provider_entity_id": entity });
    app.command(&customer_id(customer).to_string(), command, &body).await.expect(200);
}

/// The customer of each period, with its first and last version.
fn periods(items: &[Value]) -> Vec<(String, i64, Option<i64>)> {
    let period = |item: &Value| {
        let customer = item["customer_id"].as_str().expect("an id").to_owned();
        assert_eq!(item["until"].is_string(), item["until_version"].is_i64());
        (
            customer,
            item["from_version"].as_i64().expect("a version"),
            item["until_version"].as_i64(),
        )
    };
    items.iter().map(period).collect()
}

#[tokio::test]
async fn every_holder_of_an_id_is_listed_with_its_times() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for (tenant, customer) in [(&app, 1), (&app, 2), (&other, 3)] {
        tenant.register(customer_id(customer), "Acme").await;
    }
    send(&other, 3, "map-integration", "77").await;
    send(&app, 1, "map-integration", "77").await;
    send(&app, 1, "map-integration", "78").await;
    send(&app, 2, "map-integration", "77").await;
    send(&app, 1, "unmap-integration", "77").await;
    send(&app, 1, "map-integration", "77").await;
    app.settle().await;
    let (one, two) = (customer_id(1).to_string(), customer_id(2).to_string());
    for limit in [1, 2, 200] {
        let items = app.list("/v1/integration-links", &ASKED, limit).await;
        assert_eq!(
            periods(&items),
            [(one.clone(), 2, Some(4)), (two.clone(), 2, None), (one.clone(), 5, None)],
            "{limit} at a time"
        );
    }
    let nobody = [("provider_type", "crm"), ("provider_entity_id", "79")];
    assert_eq!(app.list("/v1/integration-links", &nobody, 1).await, [json!(null); 0]);
    let theirs = other.list("/v1/integration-links", &ASKED, 1).await;
    assert_eq!(periods(&theirs), [(customer_id(3).to_string(), 2, None)]);
}
