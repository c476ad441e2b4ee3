//! Reads with keys without the scope `audit`: recorded after the answer, once an hour for each
//! customer.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use store::api_keys::Scope;
use store::{ReadSource, StoreError};
use tests::{TestApp, customer_id};
use uuid::Uuid;

const COLUMNS: &str =
    "partition, tenant_id, id, api_key, actor, route, request_id, reason, customers";

/// The records of reads with a key, by route and actor.
async fn records(app: &TestApp, key: &str) -> Vec<Value> {
    let mut found = app.list("/v1/audit/reads", &[("api_key", key)], 50).await;
    found.sort_by_key(|record| (record["route"].to_string(), record["actor"].to_string()));
    found
}

#[tokio::test]
async fn reads_of_a_read_only_key_are_recorded_once_for_each_route_actor_and_customer() {
    let app = TestApp::new().await;
    for number in [1, 2] {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let service = app.with_key(app.new_key(&[Scope::Read, Scope::Write]).await);
    let path = format!("/v1/customers/{}", customer_id(1));
    for _ in 0..20 {
        service.get(&path).await.expect(200);
    }
    service.get_with(&path, &[("x-actor", "grace")]).await.expect(200);
    service.get("/v1/customers").await.expect(200);
    service.get_with("/v1/customers", &[("x-actor", "grace")]).await.expect(200);
    // Shows no customer.
    service.get_with(&path, &[("if-none-match", "\"1\"")]).await.expect(304);
    service.get("/v1/tenant").await.expect(200);
    service.get(&format!("/v1/customers/{}", customer_id(3))).await.expect(404);
    let vendor = Request::get(format!("/compat/telness/customers/{}", customer_id(2)))
        .header("x-api-key", service.key.reveal())
        .body(Body::empty())
        .expect("a request");
    service.send(vendor).await.expect(200);
    app.store.close().await;

    let (one, two) = (customer_id(1), customer_id(2));
    let found = records(&app.another_instance().await, service.key.id()).await;
    let seen: Vec<_> = found
        .iter()
        .map(|record| (&record["route"], &record["actor"], &record["customers"]))
        .collect();
    let both = json!([one, two]);
    let (list, read) = (json!("/v1/customers"), json!("/v1/customers/{ref}"));
    let compat = json!("/compat/telness/customers/{id}");
    let (nobody, grace) = (Value::Null, json!("grace"));
    assert_eq!(
        seen,
        [
            (&compat, &nobody, &json!([two])),
            (&list, &grace, &both),
            (&list, &nobody, &both),
            (&read, &grace, &json!([one])),
            (&read, &nobody, &json!([one])),
        ]
    );
    assert!(found.iter().all(|record| record.get("request_id").is_none()));
}

#[tokio::test]
async fn records_made_after_an_answer_can_soon_be_read() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let service = app.with_key(app.new_key(&[Scope::Read]).await);
    service.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
    let recorded = async {
        while records(&app, service.key.id()).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), recorded).await.expect("a record");
}

#[tokio::test]
async fn while_records_cannot_be_stored_they_wait_and_then_reads_fail() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let statements = format!(
        "revoke insert on read_audit from dossier_writer;
         revoke insert ({COLUMNS}) on read_audit from dossier_writer"
    );
    sqlx::raw_sql(&statements).execute(&mut owner).await.expect("a revocation");
    let who =
        ReadSource { tenant: app.tenant, api_key: "k", actor: None, reason: None, route: "r" };
    let mut accepted = BTreeSet::new();
    let refused = loop {
        let customer = Uuid::new_v4();
        let shown = BTreeSet::from([customer]);
        match app.store.record_read(who, &shown, Uuid::new_v4).await {
            Ok(()) => accepted.insert(customer),
            Err(error) => break error,
        };
        assert!(accepted.len() < 10_000, "the queue has no bound");
    };
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");

    let grant = format!("grant insert ({COLUMNS}) on read_audit to dossier_writer");
    sqlx::query(&grant).execute(&mut owner).await.expect("a grant");
    app.store.close().await;
    let recorded: Vec<Uuid> =
        sqlx::query_scalar("select customer_id from read_audit_customers order by customer_id")
            .fetch_all(&mut owner)
            .await
            .expect("customers");
    assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), accepted);
}
