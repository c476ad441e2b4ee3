//! The read audit: reads of personal data with an auditor's key are recorded before they are answered.

use serde_json::{Value, json};
use store::api_keys::Scope;
use tests::{TestApp, customer_id, with_query};

async fn reads(app: &TestApp, asked: &[(&str, &str)]) -> Vec<Value> {
    let page = app.get(&with_query("/v1/audit/reads", asked)).await.expect(200).json();
    page["items"].as_array().expect("items").clone()
}

/// The routes that were read, without those of the read audit.
fn routes(items: &[Value]) -> Vec<&str> {
    let routes = items.iter().map(|item| item["route"].as_str().expect("a route"));
    routes.filter(|route| *route != "/v1/audit/reads").collect()
}

#[tokio::test]
async fn a_read_record_has_the_key_the_customer_and_the_route() {
    let app = TestApp::new().await;
    let body = json!({ "id": customer_id(1), "profile": { "name": "A" }, "external_id": "acme" });
    app.post("/v1/customers", &body).await.expect(201);
    let headers = [("x-actor", "grace@example.com"), ("x-request-id", "r-1")];
    app.get_with("/v1/customers/external:acme", &headers).await.expect(200);
    let found = reads(&app, &[]).await;
    let read = &found[0];
    assert_eq!(read["api_key"], app.key.id());
    assert_eq!(read["actor"], "grace@example.com");
    assert_eq!(read["request_id"], "r-1");
    assert_eq!(read["route"], "/v1/customers/{ref}");
    assert_eq!(read["customers"], json!([customer_id(1)]));
    // Reading the read audit is recorded, too.
    assert_eq!(reads(&app, &[]).await[0]["route"], "/v1/audit/reads");
}

#[tokio::test]
async fn every_route_that_shows_customers_records_them() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    app.register(customer_id(2), "Other").await;
    let (one, two) = (customer_id(1).to_string(), customer_id(2).to_string());
    let config = json!({ "provider": "custom", "delivery_method": "aws_sqs" });
    app.command(&two, "add-billing-config", &config).await.expect(200);
    app.command(&two, "set-parent", &json!({ "parent_customer_id": one })).await.expect(200);
    let link = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    app.command(&two, "map-integration", &link).await.expect(200);
    app.settle().await;
    let both = json!([one, two]);
    for (path, route, customers) in [
        ("/v1/customers".to_owned(), "/v1/customers", &both),
        (format!("/v1/customers/{two}"), "/v1/customers/{ref}", &json!([two])),
        (format!("/v1/customers/{one}/children"), "/v1/customers/{ref}/children", &json!([two])),
        (format!("/v1/customers/{one}/tree"), "/v1/customers/{ref}/tree", &both),
        (
            format!("/v1/customers/{two}/billing-configs"),
            "/v1/customers/{ref}/billing-configs",
            &json!([two]),
        ),
        (
            format!("/v1/customers/{two}/payment-profiles"),
            "/v1/customers/{ref}/payment-profiles",
            &json!([two]),
        ),
        ("/v1/billing-configs".to_owned(), "/v1/billing-configs", &json!([two])),
        (
            "/v1/integration-links?provider_type=crm&provider_entity_id=7".to_owned(),
            "/v1/integration-links",
            &json!([two]),
        ),
        (format!("/v1/customers/{two}/events"), "/v1/customers/{ref}/events", &json!([two])),
        (format!("/v1/customers/{two}/changes"), "/v1/customers/{ref}/changes", &json!([two])),
        (format!("/v1/customers/{two}/diff?from=1"), "/v1/customers/{ref}/diff", &json!([two])),
        (format!("/v1/customers/{two}/blame"), "/v1/customers/{ref}/blame", &json!([two])),
        (format!("/v1/customers/{two}?version=1"), "/v1/customers/{ref}", &json!([two])),
        (
            format!("/v1/customers/{two}/billing-configs?version=2"),
            "/v1/customers/{ref}/billing-configs",
            &json!([two]),
        ),
        (
            format!("/v1/customers/{two}/payment-profiles?version=2"),
            "/v1/customers/{ref}/payment-profiles",
            &json!([two]),
        ),
        (
            format!("/v1/customers/{two}/events/1/proof"),
            "/v1/customers/{ref}/events/{version}/proof",
            &json!([two]),
        ),
        ("/v1/audit".to_owned(), "/v1/audit", &both),
        ("/v1/feed".to_owned(), "/v1/feed", &both),
    ] {
        app.get(&path).await.expect(200);
        let found = reads(&app, &[("limit", "1")]).await;
        assert_eq!((&found[0]["route"], &found[0]["customers"]), (&json!(route), customers));
    }
}

#[tokio::test]
async fn answers_without_customers_are_not_recorded() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}", customer_id(1));
    app.get("/v1/tenant").await.expect(200);
    app.get(&format!("/v1/customers/{}", customer_id(2))).await.expect(404);
    app.get_with(&path, &[("if-none-match", "\"1\"")]).await.expect(304);
    app.get("/v1/customers?colour=red").await.expect(400);
    assert_eq!(routes(&reads(&app, &[]).await), [""; 0]);
}

#[tokio::test]
async fn read_records_are_found_by_key_customer_and_time() {
    let app = TestApp::new().await;
    for number in [1, 2] {
        app.register(customer_id(number), "Acme").await;
    }
    let auditor = app.with_key(app.new_key(&[Scope::Read, Scope::Audit]).await);
    for nth in 0..12 {
        let reader = if nth % 3 == 0 { &auditor } else { &app };
        let path = format!("/v1/customers/{}", customer_id(1 + nth % 2));
        reader.get(&path).await.expect(200);
    }
    let (one, key) = (customer_id(1).to_string(), auditor.key.id().to_owned());
    let count = |items: &[Value]| routes(items).len();
    assert_eq!(count(&reads(&app, &[("customer", &one)]).await), 6);
    assert_eq!(count(&reads(&app, &[("api_key", &key)]).await), 4);
    assert_eq!(count(&reads(&app, &[("api_key", &key), ("customer", &one)]).await), 2);
    for limit in [1, 4, 5] {
        let paged = app.list("/v1/audit/reads", &[("customer", &one)], limit).await;
        assert_eq!(paged, reads(&app, &[("customer", &one)]).await, "{limit} at a time");
    }
    let all = reads(&app, &[("customer", &one)]).await;
    let third = all[2]["read_at"].as_str().expect("a time").to_owned();
    let since = reads(&app, &[("customer", &one), ("after", &third)]).await;
    assert_eq!(since, all[..3]);
    let until = reads(&app, &[("customer", &one), ("before", &third)]).await;
    assert_eq!(until, all[3..]);
    let other = app.another_tenant().await;
    assert_eq!(routes(&reads(&other, &[]).await), [""; 0]);
    app.get("/v1/audit/reads?customer=nobody").await.expect_problem(404, "customer_unknown");
}

#[tokio::test]
async fn a_read_that_cannot_be_recorded_is_not_answered() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Secret").await;
    let path = format!("/v1/customers/{}", customer_id(1));
    let mut owner = app.database.connect().await;
    sqlx::query("revoke insert on read_audit from dossier_writer")
        .execute(&mut owner)
        .await
        .expect("a revocation");
    for column in
        ["partition", "tenant_id", "id", "api_key", "actor", "route", "request_id", "customers"]
    {
        let revoke = format!("revoke insert ({column}) on read_audit from dossier_writer");
        sqlx::query(&revoke).execute(&mut owner).await.expect("a revocation");
    }
    let refused = app.get(&path).await.expect_problem(503, "unavailable");
    assert!(!refused.body.contains("Secret"));
    let service = app.with_key(app.new_key(&[Scope::Read]).await);
    service.get(&path).await.expect(200);
}

#[tokio::test]
async fn concurrent_reads_are_recorded_once_each() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let path = format!("/v1/customers/{}", customer_id(1));
    let answers = futures::future::join_all((0..200).map(|_| app.get(&path))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let customer = customer_id(1).to_string();
    let found = reads(&app, &[("customer", &customer), ("limit", "200")]).await;
    let mut requests: Vec<_> = found.iter().map(|read| read["request_id"].to_string()).collect();
    let mut answered: Vec<_> =
        answers.iter().map(|answer| json!(answer.header("x-request-id")).to_string()).collect();
    requests.sort();
    answered.sort();
    assert_eq!(requests, answered);
}

/// The number of a tenant's rows in both tables.
async fn recorded(app: &TestApp) -> (i64, i64) {
    sqlx::query_as(
        "select (select count(*) from read_audit where tenant_id = $1),
                (select count(*) from read_audit_customers where tenant_id = $1)",
    )
    .bind(app.tenant.id.0)
    .fetch_one(&mut app.database.connect().await)
    .await
    .expect("two numbers")
}

#[tokio::test]
async fn read_records_are_deleted_after_their_retention() {
    let app = TestApp::new().await;
    let other = app.another_tenant().await;
    for tenant in [&app, &other] {
        for number in [1, 2] {
            tenant.register(customer_id(number), "Acme").await;
        }
        tenant.settle().await;
        // One record with both customers, and one with one.
        tenant.get("/v1/customers").await.expect(200);
        tenant.get(&format!("/v1/customers/{}", customer_id(1))).await.expect(200);
    }
    let mut owner = app.database.connect().await;
    for table in ["read_audit", "read_audit_customers"] {
        let older = format!("update {table} set read_at = read_at - interval '400 days'");
        sqlx::query(&older).execute(&mut owner).await.expect("older notes");
    }
    app.get(&format!("/v1/customers/{}", customer_id(2))).await.expect(200);
    assert_eq!(app.store.purge_reads(401).await.expect("a purge"), 0);
    assert_eq!((recorded(&app).await, recorded(&other).await), ((3, 4), (2, 3)));

    assert_eq!(app.store.purge_reads(399).await.expect("a purge"), 4);
    assert_eq!((recorded(&app).await, recorded(&other).await), ((1, 1), (0, 0)));
    let left = reads(&app, &[]).await;
    assert_eq!(routes(&left), ["/v1/customers/{ref}"]);
    assert_eq!(left[0]["customers"], json!([customer_id(2)]));
}

/// Inserts records of reads of this age, each of customer 1.
async fn insert_records(app: &TestApp, age: &str, many: i32) {
    sqlx::query(
        "with recorded as (
              insert into read_audit (partition, tenant_id, id, read_at, api_key, route, request_id, customers)
              select $1, $2, gen_random_uuid(), now() - $3::interval - n * interval '1 ms',
                     'k', 'r', n::text, array[$4::uuid]
                from generate_series(1, $5) as s(n)
           returning id, read_at)
         insert into read_audit_customers (partition, tenant_id, customer_id, read_at, id)
         select $1, $2, $4, read_at, id from recorded",
    )
    .bind(app.tenant.partition.number())
    .bind(app.tenant.id.0)
    .bind(age)
    .bind(customer_id(1))
    .bind(many)
    .execute(&mut app.database.connect().await)
    .await
    .expect("records");
}

#[tokio::test]
async fn a_purge_deletes_the_oldest_records_up_to_its_limit() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    insert_records(&app, "25 hours", 5).await;
    let mut owner = app.database.connect().await;
    for left in [3, 1, 0] {
        let gone: i64 = sqlx::query_scalar("select purge_reads($1, $2, 1, 2)")
            .bind(app.tenant.partition.number())
            .bind(app.tenant.id.0)
            .fetch_one(&mut owner)
            .await
            .expect("a purge");
        assert_eq!(gone, if left == 0 { 1 } else { 2 });
        assert_eq!(recorded(&app).await, (left, left));
        // The higher the number, the older.
        let oldest: Option<String> = sqlx::query_scalar(
            "select request_id from read_audit where tenant_id = $1 order by read_at limit 1",
        )
        .bind(app.tenant.id.0)
        .fetch_optional(&mut owner)
        .await
        .expect("a record");
        assert_eq!(oldest, (left > 0).then(|| left.to_string()));
    }
}

#[tokio::test]
async fn read_records_are_deleted_in_batches_and_never_those_of_the_last_day() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    for (age, many) in [("23 hours", 3), ("25 hours", 1_201)] {
        insert_records(&app, age, many).await;
    }
    assert_eq!(app.store.purge_reads(0).await.expect("a purge"), 1_201);
    assert_eq!(recorded(&app).await, (3, 3));
}
