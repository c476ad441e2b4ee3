//! Maximum sizes of customers and tenants.

use serde_json::{Value, json};
use sqlx::query;
use store::STATE_BYTES_MAX;
use tests::{TestApp, customer_id};

/// A billing configuration of more than 15,000 bytes.
fn large_config(number: u64) -> Value {
    json!({
        "id": customer_id(0xb000 + number), "provider": "custom", "delivery_method": "aws_sqs",
        "configuration": { "customer_id": number.to_string(), "text": "x".repeat(15_000) },
    })
}

#[tokio::test]
async fn a_command_that_would_make_a_customer_too_large_is_refused() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let reference = customer_id(1).to_string();
    let mut added = 0;
    let refused = loop {
        let reply = app.command(&reference, "add-billing-config", &large_config(added)).await;
        if reply.status != 200 {
            break reply;
        }
        added += 1;
    };
    let problem = refused.expect_problem(422, "too_large").json();
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.contains(&STATE_BYTES_MAX.to_string()), "{detail}");
    let numbers = detail.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok());
    let would_have: usize = numbers.max().expect("how large it would become");
    assert!((STATE_BYTES_MAX..STATE_BYTES_MAX + 32_000).contains(&would_have), "{detail}");
    assert!(added > 60, "{added} configurations fit");
    let path = format!("/v1/customers/{reference}");
    let now = app.get(&path).await.expect(200).json();
    assert_eq!(now["billing_configs"].as_array().map(|all| all.len() as u64), Some(added));
    // Commands that don't enlarge it are still accepted.
    app.command(&reference, "update-profile", &json!({ "name": "A" })).await.expect(200);
    let dry = format!("{path}/commands/add-billing-config?dry_run=true");
    app.post(&dry, &large_config(99)).await.expect_problem(422, "too_large");
    app.command(&reference, "archive-customer", &json!({})).await.expect(200);
}

#[tokio::test]
async fn an_oversized_older_customer_can_be_read_made_smaller_and_archived() {
    let app = TestApp::new().await;
    app.post("/v1/customers", &super::large(1)).await.expect(201);
    let mut owner = app.database.connect().await;
    query("update customers set state = jsonb_set(state::jsonb, '{profile,name}', to_jsonb(repeat('x', $1)))::json")
        .bind(i32::try_from(STATE_BYTES_MAX).expect("a number"))
        .execute(&mut owner)
        .await
        .expect("a larger state");
    let app = app.another_instance().await;
    let reference = customer_id(1).to_string();
    let read = app.get(&format!("/v1/customers/{reference}")).await.expect(200);
    assert!(read.body.len() > STATE_BYTES_MAX);
    app.command(&reference, "update-profile", &json!({ "email": "a@example.com" }))
        .await
        .expect_problem(422, "too_large");
    app.command(&reference, "replace-metadata", &json!({ "metadata": {} })).await.expect(200);
    app.command(&reference, "archive-customer", &json!({})).await.expect(200);
}

#[tokio::test]
async fn a_tenant_s_size_is_limited() {
    let app = TestApp::new().await;
    for number in 0..100 {
        let body = json!({
            "id": customer_id(0xd000 + number), "provider": "custom", "delivery_method": "aws_sqs",
            "configuration": { "text": "x".repeat(15_000) },
        });
        let reply = app.post("/v1/tenant/commands/add-delivery-method", &body).await;
        if reply.status != 200 {
            assert!(number > 60, "{number} delivery methods fit: {}", reply.body);
            reply.expect_problem(422, "too_large");
            app.get("/v1/tenant").await.expect(200);
            return;
        }
    }
    panic!("all of them fit");
}
