//! Billing configurations and payment profiles, read on their own.

use serde_json::{Value, json};
use tests::{TestApp, customer_id};
use uuid::Uuid;

fn config_id(number: u64) -> Uuid {
    customer_id(0xb000 + number)
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

fn configs(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| config_id(number).to_string()).collect()
}

/// Two customers with three configurations each, the last of which is archived.
async fn two_customers() -> TestApp {
    let app = TestApp::new().await;
    for customer in [1, 2] {
        let reference = customer_id(customer).to_string();
        app.register(customer_id(customer), "Acme").await;
        for (nth, provider, method, called) in [
            (1, "custom", "aws_sqs", "one"),
            (2, "workday", "aws_sqs", "same"),
            (3, "custom", "aws_sns", "same"),
        ] {
            let body = json!({
                "id": config_id(customer * 10 + nth), "provider": provider,
                "delivery_method": method, "configuration": { "customer_id": called, "n": 1 },
            });
            app.command(&reference, "add-billing-config", &body).await.expect(200);
        }
        let archive = json!({ "ids": [config_id(customer * 10 + 3)] });
        app.command(&reference, "archive-billing-configs", &archive).await.expect(200);
    }
    app.settle().await;
    app
}

#[tokio::test]
async fn a_customer_s_active_and_archived_billing_configs_are_listed() {
    let app = two_customers().await;
    let path = format!("/v1/customers/{}/billing-configs", customer_id(1));
    assert_eq!(ids(&app.list(&path, &[], 2).await), configs([11, 12, 13]));
    assert_eq!(ids(&app.list(&path, &[("archived", "false")], 1).await), configs([11, 12]));
    let archived = app.list(&path, &[("archived", "true")], 1).await;
    assert_eq!(ids(&archived), configs([13]));
    // Its own document, with the customer, version and time.
    let read = app.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200).json();
    let own = read["billing_configs"].as_array().expect("configurations");
    let mut expected =
        own.iter().find(|config| config["id"] == archived[0]["id"]).cloned().expect("it");
    expected["customer_id"] = json!(customer_id(1));
    expected["version"] = read["version"].clone();
    expected["changed_at"] = read["updated_at"].clone();
    assert_eq!(archived[0], expected);
    let unknown = app.get(&format!("/v1/customers/{}/billing-configs", customer_id(9))).await;
    unknown.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn configurations_are_found_by_provider_and_by_delivery_method() {
    let app = two_customers().await;
    let find = async |asked: &[(&str, &str)]| ids(&app.list("/v1/billing-configs", asked, 2).await);
    assert_eq!(find(&[]).await, configs([11, 12, 13, 21, 22, 23]));
    assert_eq!(find(&[("provider", "workday")]).await, configs([12, 22]));
    let same = [("provider", "custom"), ("provider_customer_id", "same")];
    assert_eq!(find(&same).await, configs([13, 23]));
    let in_use = [same[0], same[1], ("archived", "false")];
    assert_eq!(find(&in_use).await, configs([]));
    assert_eq!(find(&[("delivery_method", "aws_sns")]).await, configs([13, 23]));
    assert_eq!(find(&[("delivery_method_id", &config_id(1).to_string())]).await, configs([]));
    let other = app.another_tenant().await;
    assert_eq!(other.list("/v1/billing-configs", &same, 2).await, [json!(null); 0]);
}

#[tokio::test]
async fn payment_profiles_match_the_customer_s_state() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}/payment-profiles", customer_id(1));
    assert_eq!(app.get(&path).await.expect(200).json(), json!({ "items": [], "auto_pay": false }));
    let profile = json!({ "id": "card-1", "status": "ACTIVE", "type": "card" });
    let reference = customer_id(1).to_string();
    app.command(&reference, "attach-payment-profile", &profile).await.expect(200);
    let default = json!({ "payment_profile_id": "card-1", "auto_pay": true });
    app.command(&reference, "set-default-payment-profile", &default).await.expect(200);
    let read = app.get(&path).await.expect(200);
    assert_eq!(
        read.json(),
        json!({ "items": [profile], "default_payment_profile_id": "card-1", "auto_pay": true })
    );
    app.get_with(&path, &[("if-none-match", read.header("etag"))]).await.expect(304);
    let unknown = app.get(&format!("/v1/customers/{}/payment-profiles", customer_id(9))).await;
    unknown.expect_problem(404, "customer_unknown");
}
