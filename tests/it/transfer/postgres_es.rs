//! Imports of an `events` table of postgres-es.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use domain::customer::{Command, Customer, DecisionContext};
use domain::tenant::Tenant;
use domain::{CustomerId, TenantId};
use postgres_es::{PostgresCqrs, PostgresEventRepository};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, query};
use store::transfer::{NewTenant, TransferError, import_postgres_es};
use store::{Partition, TenantRef};
use tests::{TestApp, customer_id, expect_sound};
use uuid::Uuid;

use super::{exported, heads};

/// A stock stack in its own schema.
struct Stock {
    database: PgConnectOptions,
    pool: PgPool,
    cqrs: PostgresCqrs<Customer>,
}

impl Stock {
    async fn new(app: &TestApp) -> Self {
        let database = app.database.options.clone().options([("search_path", "stock")]);
        let pool = PgPoolOptions::new().max_connections(2).connect_with(database.clone()).await;
        let pool = pool.expect("connections");
        query("create schema stock").execute(&pool).await.expect("a schema");
        query(
            "create table events (
                 aggregate_type text not null, aggregate_id text not null,
                 sequence bigint not null check (sequence >= 0),
                 event_type text not null, event_version text not null,
                 payload json not null, metadata json not null,
                 primary key (aggregate_type, aggregate_id, sequence))",
        )
        .execute(&pool)
        .await
        .expect("a table");
        let anyone = CustomerId(customer_id(1));
        let context =
            DecisionContext::new(anyone, DateTime::UNIX_EPOCH, Arc::new(Tenant::default()));
        let repository = PostgresEventRepository::new(pool.clone());
        let events = PersistedEventStore::new_event_store(repository);
        Self { database, pool, cqrs: CqrsFramework::new(events, vec![], context) }
    }

    async fn execute(&self, id: &str, name: &str, body: Value) {
        let command = Command::read(name, body).expect("a command").expect("a valid body");
        let metadata = HashMap::from([("actor".to_owned(), "Ada".to_owned())]);
        self.cqrs.execute_with_metadata(id, command, metadata).await.expect("an execution");
    }

    async fn register(&self, id: &str, external_id: &str) {
        let profile = json!({ "name": format!("Customer {id}") });
        let body = json!({ "id": customer_id(1), "profile": profile, "external_id": external_id });
        self.execute(id, "register-customer", body).await;
    }

    async fn taken_over(&self, app: &TestApp, tenant: TenantRef) -> Result<u64, TransferError> {
        let tenant = NewTenant { id: tenant.id, name: "Taken over".parse().expect("a name") };
        import_postgres_es(&app.options(), &self.database, tenant, |_, _, _| {}).await
    }
}

fn new_tenant() -> TenantRef {
    let id = TenantId(Uuid::new_v4());
    TenantRef { id, partition: Partition::of_new(id) }
}

#[tokio::test]
async fn a_postgres_es_table_is_imported_with_its_histories() {
    let app = TestApp::new().await;
    let stock = Stock::new(&app).await;
    let uuid = customer_id(7).to_string();
    stock.register(&uuid, "seven").await;
    stock.register("acme/8", "eight").await;
    stock.execute("acme/8", "update-profile", json!({ "name": "Acme" })).await;
    // One customer releases what another takes.
    stock.execute("acme/8", "change-external-id", json!({ "external_id": "ate" })).await;
    stock.register("a ninth", "eight").await;

    let tenant = new_tenant();
    assert_eq!(stock.taken_over(&app, tenant).await.expect("an import"), 6);
    expect_sound(&mut app.database.connect().await).await;
    let app = app.called_by(tenant).await;
    assert_eq!(app.get("/v1/tenant").await.expect(200).json()["name"], "Taken over");
    let seven = app.get("/v1/customers/external:seven").await.expect(200).json();
    assert_eq!(seven["id"], json!(uuid));
    assert_eq!(seven["created_by"], "Ada");
    let acme = app.get("/v1/customers/external:ate").await.expect(200).json();
    assert_eq!(acme["id"], json!(Uuid::new_v5(&tenant.id.0, b"acme/8")));
    assert_eq!((&acme["version"], &acme["profile"]["name"]), (&json!(3), &json!("Acme")));
    let file = String::from_utf8(exported(&app, tenant.id).await).expect("UTF-8");
    assert_eq!(file.matches(r#""imported_id":"acme/8""#).count(), 3);
    assert_eq!(file.matches("imported_id").count(), 4);
}

#[tokio::test]
async fn unreadable_events_are_listed_and_nothing_is_imported() {
    let app = TestApp::new().await;
    let stock = Stock::new(&app).await;
    stock.register("one", "one").await;
    query(
        r#"insert into events values
           ('customer', 'one', 2, 'Renamed', '1.0', '{"Renamed": {"to": "x"}}', '{}'),
           ('customer', 'one', 3, 'ProfileUpdated', '7', '{"type": "ProfileUpdated"}', '{}'),
           ('customer', 'one', 4, 'CustomerArchived', '1.0',
            '{"type": "CustomerArchived", "data": {}}', '{"nested": {}}'),
           ('invoice', 'two', 1, 'Sent', '1.0', '{}', '{}')"#,
    )
    .execute(&stock.pool)
    .await
    .expect("events");
    let before = heads(&app).await;
    let refused = stock.taken_over(&app, new_tenant()).await.expect_err("a refusal");
    let TransferError::NotTaken { count: 4, listed } = refused else { panic!("{refused:?}") };
    for (line, expected) in listed.iter().zip([
        "Renamed, event 2 of customer one: ",
        "version 7 of ProfileUpdated",
        "metadata isn't a flat object",
        "there is no such aggregate",
    ]) {
        assert!(line.contains(expected), "{expected} isn't in {line}");
    }
    assert_eq!(heads(&app).await, before);
}

#[tokio::test]
async fn a_postgres_es_table_with_a_duplicate_external_id_is_refused() {
    let app = TestApp::new().await;
    let stock = Stock::new(&app).await;
    stock.register("one", "same").await;
    stock.register("two", "same").await;
    let before = heads(&app).await;
    let refused = stock.taken_over(&app, new_tenant()).await.expect_err("a refusal");
    assert!(refused.to_string().contains("have the same external_id"), "{refused}");
    assert_eq!(heads(&app).await, before);
}

#[tokio::test]
async fn a_postgres_es_table_with_missing_or_cyclic_parents_is_refused() {
    for parents in [[(1, 2), (2, 1)], [(1, 1), (2, 1)], [(1, 2), (2, 3)]] {
        let app = TestApp::new().await;
        let stock = Stock::new(&app).await;
        for (child, parent) in parents {
            let child = customer_id(child).to_string();
            stock.register(&child, &child).await;
            let data = json!({ "parent_customer_id": customer_id(parent) });
            query(
                "insert into events values ('customer', $1, 2, 'ParentSet', '1.0', $2::json, '{}')",
            )
            .bind(child)
            .bind(json!({ "type": "ParentSet", "data": data }).to_string())
            .execute(&stock.pool)
            .await
            .expect("an event");
        }
        let before = heads(&app).await;
        let refused = stock.taken_over(&app, new_tenant()).await.expect_err("a refusal");
        assert!(refused.to_string().contains("a parent above customer"), "{refused}");
        assert_eq!(heads(&app).await, before);
    }
}

#[tokio::test]
async fn a_postgres_es_table_with_a_gap_or_an_unreadable_text_is_refused() {
    for (sequence, name, expected) in [(3, "x", "event 2 should be here"), (2, r"\u0000", "U+0000")]
    {
        let app = TestApp::new().await;
        let stock = Stock::new(&app).await;
        stock.register("one", "one").await;
        let payload = format!(r#"{{"type": "ProfileUpdated", "data": {{"name": "{name}"}}}}"#);
        query("insert into events values ('customer', 'one', $1, 'ProfileUpdated', '1.0', $2::json, '{}')")
            .bind(i64::from(sequence))
            .bind(payload)
            .execute(&stock.pool)
            .await
            .expect("an event");
        let before = heads(&app).await;
        let refused = stock.taken_over(&app, new_tenant()).await.expect_err("a refusal");
        assert!(refused.to_string().contains(expected), "{refused}");
        assert_eq!(heads(&app).await, before);
    }
}
