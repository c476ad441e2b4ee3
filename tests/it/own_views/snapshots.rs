//! The customer in cqrs-es's own stores. They apply the events of a command to the aggregate that handled it,
//! so a handler that had applied them already would have them twice in the snapshot.

use std::sync::Arc;

use chrono::DateTime;
use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{CqrsFramework, EventStore as _};
use domain::CustomerId;
use domain::customer::{Command, DecisionContext};
use domain::tenant::Tenant;
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlx::PgPool;
use tests::TestDatabase;

use super::*;

/// The tables of postgres-es under other names, beside ours.
const TABLES: [&str; 2] = [
    "create table stock_events (
         aggregate_type text, aggregate_id text, sequence bigint, event_type text,
         event_version text, payload json, metadata json,
         primary key (aggregate_type, aggregate_id, sequence))",
    "create table stock_snapshots (
         aggregate_type text, aggregate_id text, last_sequence bigint, current_snapshot bigint,
         payload json, primary key (aggregate_type, aggregate_id))",
];

/// Commands whose events would not do the same if they were applied twice.
fn commands(customer: Uuid) -> Vec<(&'static str, Value)> {
    let profile = |id: u32| json!({ "id": format!("pp_{id}"), "status": "ACTIVE", "type": "CARD" });
    let mut commands =
        vec![("register-customer", json!({ "id": customer, "profile": { "name": "Acme" } }))];
    commands.extend((1..=7).map(|id| ("attach-payment-profile", profile(id))));
    commands.push(("detach-payment-profile", json!({ "id": "pp_3" })));
    commands
}

#[tokio::test]
async fn a_customer_in_a_stock_store_with_snapshots_is_what_its_events_make() {
    type Stock = PersistedEventStore<PostgresEventRepository, Customer>;
    let database = TestDatabase::new().await;
    let mut owner = database.connect().await;
    for table in TABLES {
        execute(&mut owner, table).await;
    }
    let pool = PgPool::connect(&database.url).await.expect("connections");
    let repository = || {
        PostgresEventRepository::new(pool.clone()).with_tables("stock_events", "stock_snapshots")
    };
    let stores: [(&str, &dyn Fn() -> Stock); 3] = [
        ("events", &|| Stock::new_event_store(repository())),
        ("snapshots", &|| Stock::new_snapshot_store(repository(), 3)),
        ("aggregates", &|| Stock::new_aggregate_store(repository())),
    ];
    for (number, (kind, store)) in (1..).zip(stores) {
        let id = customer_id(number);
        let context =
            DecisionContext::new(CustomerId(id), DateTime::UNIX_EPOCH, Arc::new(Tenant::default()));
        let cqrs = CqrsFramework::new(store(), Vec::new(), context);
        for (name, body) in commands(id) {
            let command = Command::read(name, body).expect("a command").expect("a valid body");
            let handled = cqrs.execute(&id.to_string(), command).await;
            handled.unwrap_or_else(|error| panic!("{kind}: {name}: {error}"));
            let loaded = store().load_aggregate(&id.to_string()).await.expect("an aggregate");
            let events = store().load_events(&id.to_string()).await.expect("events");
            let folded = events
                .into_iter()
                .fold(Customer::default(), |state, event| state.evolve(event.payload));
            assert_eq!(loaded.aggregate, folded, "{kind} after {name}");
        }
        let snapshot = repository().get_snapshot::<Customer>(&id.to_string()).await;
        assert_eq!(snapshot.expect("an answer").is_some(), kind != "events", "{kind}");
    }
}
