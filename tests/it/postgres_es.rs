//! Whatever is written for postgres-es reads our log.

use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{Aggregate, EventStore as _};
use domain::customer::Customer;
use domain::tenant::Tenant;
use postgres_es::PostgresEventRepository;
use serde::de::DeserializeOwned;
use sqlx::PgPool;
use store::Reference;
use tests::{Draft, TestApp, customer_id};

/// Loads an aggregate with the stock event store, and compares it with the state that is stored.
async fn check<A>(pool: &PgPool, stream: &str, current: &store::Current)
where
    A: Aggregate + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let repository = PostgresEventRepository::new(pool.clone());
    let events = PersistedEventStore::<_, A>::new_event_store(repository);
    let loaded = events.load_aggregate(stream).await.expect("an aggregate");
    let state: A = serde_json::from_str(&current.state).expect("a state");
    assert_eq!(loaded.aggregate, state, "{stream}");
    assert_eq!(i64::try_from(loaded.current_sequence).expect("a version"), current.version);
}

#[tokio::test]
async fn the_stock_repository_reads_the_same_customers_that_the_service_serves() {
    let app = TestApp::new().await;
    let ids: Vec<_> = (0..6).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &ids, "the stock repository").await;
    let pool = PgPool::connect(&app.database.url).await.expect("connections");
    for id in ids {
        let current = app.store.customer(app.tenant, &Reference::Id(id.into())).await;
        let current = current.expect("a read").expect("a customer");
        check::<Customer>(&pool, &format!("{}/{id}", app.tenant.id), &current).await;
    }
    let current = app.store.tenant(app.tenant).await.expect("a read").expect("the tenant");
    check::<Tenant>(&pool, &app.tenant.id.to_string(), &current).await;
}

#[tokio::test]
async fn the_stock_repository_reads_who_did_something_with_what_was_done() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    Draft::register(app.tenant, id).key("a-key").happens(&app.store).await;
    Draft::note(app.tenant, id, "noted").happens(&app.store).await;
    let pool = PgPool::connect(&app.database.url).await.expect("connections");
    let stream = format!("{}/{id}", app.tenant.id);

    let repository = PostgresEventRepository::new(pool.clone());
    let serialized = repository.get_events::<Customer>(&stream).await.expect("events");
    let names: Vec<_> =
        serialized.iter().map(|event| (event.sequence, &*event.event_type)).collect();
    assert_eq!(names, [(1, "CustomerRegistered"), (2, "MetadataReplaced")]);
    let events = PersistedEventStore::<_, Customer>::new_event_store(repository);
    let envelopes = events.load_events(&stream).await.expect("envelopes");
    assert_eq!(envelopes[0].metadata["actor"], "a test");
    assert_eq!(envelopes[0].metadata["request_id"], "a-key");
    assert_eq!(envelopes[1].payload.name(), "MetadataReplaced");
}
