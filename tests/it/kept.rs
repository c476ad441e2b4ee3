//! Data beside the log have maximum sizes.

use axum::http::{HeaderValue, Method};
use serde_json::{Value, json};
use sqlx::{PgConnection, query, query_scalar};
use tests::{Reply, TestApp, customer_id};

async fn register(app: &TestApp, number: u64, key: &str) -> Reply {
    let body = json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
    app.post_with("/v1/customers", &body, &[("idempotency-key", key)]).await
}

#[tokio::test]
async fn a_tenant_with_too_many_idempotency_answers_gets_429_for_new_keys_only() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for number in 1..=3 {
        register(&app, number, &format!("key-{number}")).await.expect(201);
    }
    assert_eq!(app.store.bound_answers(3).await.expect("a count"), 0);
    register(&app, 4, "key-4").await.expect(201);
    register(&app, 5, "key-5").await.expect(201);
    register(&app, 6, "key-6").await.expect(201);
    assert_eq!(app.store.bound_answers(3).await.expect("a count"), 1);

    let refused = register(&app, 7, "key-7").await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.json()["code"], "too_many_idempotency_keys");
    assert!(refused.headers.contains_key("retry-after"));
    let again = register(&app, 1, "key-1").await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    app.register(customer_id(7), "Acme").await;
    register(&other, 1, "key-7").await.expect(201);
    let line = json!({
        "command": "update-profile", "customer": customer_id(7), "body": { "name": "Acme Ltd" },
        "idempotency_key": "key-8"
    });
    let mut request = app.request(Method::POST, "/v1/commands", format!("{line}\n"));
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    request.headers_mut().insert("content-type", ndjson);
    let answered: Value = app.send(request).await.expect(200).json();
    assert_eq!(answered["status"], 429, "{answered}");

    let mut owner = app.database.connect().await;
    query("update command_results set created_at = created_at - interval '30 hours'")
        .execute(&mut owner)
        .await
        .expect("older answers");
    app.store.purge_answers(24).await.expect("a purge");
    assert_eq!(app.store.bound_answers(3).await.expect("a count"), 0);
    register(&app, 8, "key-7").await.expect(201);
}

/// Records of reads of a tenant, each of one customer, one a minute up to now.
async fn insert_reads(owner: &mut PgConnection, app: &TestApp, count: i32) {
    query(
        "with recorded as (
              insert into read_audit (partition, tenant_id, id, read_at, api_key, route, request_id, customers)
              select $1, $2, gen_random_uuid(), now() - n * interval '1 minute', 'k', n::text, 'q', array[$3::uuid]
                from generate_series(1, $4) as n
           returning id, read_at)
         insert into read_audit_customers (partition, tenant_id, customer_id, read_at, id)
         select $1, $2, $3, read_at, id from recorded",
    )
    .bind(app.tenant.partition.number())
    .bind(app.tenant.id.0)
    .bind(customer_id(1))
    .bind(count)
    .execute(owner)
    .await
    .expect("records");
}

/// How old the oldest record of a tenant is, in minutes, and how many there are in either table.
async fn left(owner: &mut PgConnection, app: &TestApp) -> (i64, i64, i64) {
    let count = "select count(*) from read_audit_customers where tenant_id = $1";
    let customers =
        query_scalar(count).bind(app.tenant.id.0).fetch_one(&mut *owner).await.expect("a count");
    let (oldest, records) =
        sqlx::query_as("select max(route::bigint), count(*) from read_audit where tenant_id = $1")
            .bind(app.tenant.id.0)
            .fetch_one(owner)
            .await
            .expect("records");
    (oldest, records, customers)
}

#[tokio::test]
async fn beyond_its_maximum_a_tenant_s_oldest_read_records_are_deleted() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    let mut owner = app.database.connect().await;
    insert_reads(&mut owner, &app, 3_000).await;
    insert_reads(&mut owner, &other, 1_500).await;
    assert_eq!(app.store.trim_reads(6_000).await.expect("trimmed"), 0);
    assert_eq!(app.store.trim_reads(4_000).await.expect("trimmed"), 1_000);
    assert_eq!(left(&mut owner, &app).await, (2_000, 2_000, 2_000));
    assert_eq!(left(&mut owner, &other).await, (1_500, 1_500, 1_500));
    // The latest stay for every caller.
    assert_eq!(app.store.trim_reads(0).await.expect("trimmed"), 1_500);
    assert_eq!(left(&mut owner, &app).await, (1_000, 1_000, 1_000));
}
