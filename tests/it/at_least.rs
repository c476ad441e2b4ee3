//! `Dossier-At-Least`: a list shows what its reader has written.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection as _, Executor as _};
use tests::{Reply, TestApp, customer_id};

async fn list(app: &TestApp, at_least: &str) -> Reply {
    app.get_with("/v1/customers", &[("dossier-at-least", at_least)]).await
}

#[tokio::test]
async fn dossier_at_least_always_shows_the_client_s_own_write() {
    let app = TestApp::new().await;
    let other = app.another_that_does_not_follow().await;
    for number in 1..=30 {
        let written = app.register(customer_id(number), "Acme").await;
        let position = written.header("dossier-position");
        let reader = if number % 2 == 0 { &app } else { &other };
        let found = list(reader, position).await.expect(200).json();
        let count = found["items"].as_array().expect("items").len();
        assert_eq!(u64::try_from(count).expect("few"), number);
    }
    let reference = customer_id(1).to_string();
    let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
    let written = app.command(&reference, "add-billing-config", &config).await.expect(200);
    let at_least = [("dossier-at-least", written.header("dossier-position"))];
    let path = format!("/v1/customers/{reference}/billing-configs");
    let found = app.get_with(&path, &at_least).await.expect(200).json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_list_that_does_not_reach_the_position_in_time_is_a_503() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    // Another session holds the projection's checkpoint.
    let mut owner = app.database.connect().await;
    let mut transaction = owner.begin().await.expect("a transaction");
    transaction
        .execute("select from checkpoints where projection = 'customer_list' for update")
        .await
        .expect("locks");
    let written = app.register(customer_id(2), "Acme").await;
    let position = written.header("dossier-position").to_owned();
    let late = list(&app, &position).await.expect_problem(503, "not_yet");
    assert_eq!(late.header("retry-after"), "1");
    // A request without the header does not wait.
    let now = tokio::time::timeout(Duration::from_secs(4), app.get("/v1/customers")).await;
    let now = now.expect("an answer at once").expect(200).json();
    assert_eq!(now["items"].as_array().map(Vec::len), Some(1));
    transaction.rollback().await.expect("the end");
    let then = list(&app, &position).await.expect(200).json();
    assert_eq!(then["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn an_invalid_dossier_at_least_is_refused() {
    let app = TestApp::new().await;
    let partition = app.tenant.partition.number();
    let elsewhere = (partition + 1) % 32;
    for wrong in [
        String::new(),
        "1".to_owned(),
        format!("{partition}."),
        format!("{partition}.-1"),
        format!("{partition}.+1"),
        format!("{partition}.1.1"),
        format!("0{partition}.1"),
        format!("{partition}.99999999999999999999"),
        format!("{elsewhere}.1"),
    ] {
        for path in ["/v1/customers", "/v1/billing-configs"] {
            let reply = app.get_with(path, &[("dossier-at-least", &wrong)]).await;
            let detail = reply.expect_problem(400, "invalid_header").json()["detail"].to_string();
            assert!(detail.contains("Dossier-At-Least"), "{wrong}: {detail}");
        }
    }
    let any = format!("{partition}.0");
    list(&app, &any).await.expect(200);
    app.get_with("/v1/tenant", &[("dossier-at-least", &any)]).await.expect(200);
}
