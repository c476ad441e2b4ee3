//! The past, on routes that also show the present.

use serde_json::json;
use store::api_keys::Scope;
use tests::{TestApp, customer_id};

use super::customers::{NOW, THEN, canary, prepare_tenant};

#[tokio::test]
async fn past_state_needs_read_and_audit() {
    let app = TestApp::new().await;
    prepare_tenant(&app).await;
    let id = canary(&app, 1).await.id;
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    let auditor = app.with_key(app.new_key(&[Scope::Read, Scope::Audit]).await);
    for path in ["", "/billing-configs", "/payment-profiles"] {
        let path = format!("/v1/customers/{id}{path}");
        reader.get(&path).await.expect(200);
        for then in ["version=1", "as_of=2100-01-01T00:00:00Z", "version=0", "as_of=x"] {
            let refused = reader.get(&format!("{path}?{then}")).await;
            let refused = refused.expect_problem(403, "forbidden");
            assert!(refused.json()["detail"].as_str().expect("a text").contains("audit"));
        }
        auditor.get(&format!("{path}?version=1")).await.expect(200);
        // A known version does not get another answer, either.
        let known = [("if-none-match", "\"1\"")];
        reader.get_with(&format!("{path}?version=1"), &known).await.expect(403);
    }
    let list = "/v1/customers?as_of=2100-01-01T00:00:00Z";
    reader.get(list).await.expect_problem(403, "forbidden");
    auditor.get(list).await.expect(200);
    // The same for an unknown customer.
    let nobody = format!("/v1/customers/{}?version=1", customer_id(9));
    reader.get(&nobody).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn the_feed_shows_a_read_only_key_which_customer_changed_without_data() {
    let app = TestApp::new().await;
    app.register(customer_id(1), THEN).await;
    let renamed = json!({ "name": NOW });
    app.command(&customer_id(1).to_string(), "update-profile", &renamed).await.expect(200);
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    let page = reader.get("/v1/feed?type=ProfileUpdated").await.expect(200).json();
    let event = page["items"][0].as_object().expect("an event");
    let members: Vec<_> = event.keys().map(String::as_str).collect();
    let all = ["customer_id", "event_version", "position", "recorded_at", "type", "version"];
    assert_eq!(members, all);
    assert_eq!(event["customer_id"], json!(customer_id(1)));
    let auditor = app.with_key(app.new_key(&[Scope::Audit]).await);
    let page = auditor.get("/v1/feed?type=ProfileUpdated").await.expect(200).json();
    assert_eq!(page["items"][0]["data"], renamed);
    // The cursors continue at the same position with either key.
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = reader.get(&format!("/v1/feed?type=ProfileUpdated&cursor={cursor}")).await;
    assert_eq!(next.expect(200).json()["items"], json!([]));
}

#[tokio::test]
async fn former_holders_of_an_integration_id_need_audit() {
    let app = TestApp::new().await;
    for number in [1, 2] {
        app.register(customer_id(number), "Acme").await;
    }
    let link = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    let (one, two) = (customer_id(1).to_string(), customer_id(2).to_string());
    app.command(&one, "map-integration", &link).await.expect(200);
    app.command(&one, "unmap-integration", &link).await.expect(200);
    app.command(&two, "map-integration", &link).await.expect(200);
    app.settle().await;
    let path = "/v1/integration-links?provider_type=crm&provider_entity_id=7";
    let holders = async |app: &TestApp| {
        let page = app.get(path).await.expect(200).json();
        let items = page["items"].as_array().expect("items");
        items.iter().map(|item| item["customer_id"].as_str().expect("an id").to_owned()).collect()
    };
    let all: Vec<String> = holders(&app).await;
    assert_eq!(all, [one, two.clone()]);
    let reader = app.with_key(app.new_key(&[Scope::Read]).await);
    let now: Vec<String> = holders(&reader).await;
    assert_eq!(now, [two]);
}
