//! Tools for postgres-es can read our log.

use cqrs_es::persist::{PersistedEventRepository as _, PersistedEventStore};
use cqrs_es::{Aggregate, EventStore as _};
use domain::customer::Customer;
use domain::tenant::Tenant;
use postgres_es::PostgresEventRepository;
use serde::de::DeserializeOwned;
use serde_json::json;
use sqlx::PgPool;
use store::Reference;
use tests::{Draft, TestApp, customer_id, full_names, store_behind};
use uuid::Uuid;

/// Loads an aggregate with the stock event store, and compares it with the stored state.
pub(crate) async fn expect_stock_repository_agrees<A>(app: &TestApp, stream: &str)
where
    A: Aggregate + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let pool = PgPool::connect(&app.database.url).await.expect("connections");
    let repository = PostgresEventRepository::new(pool);
    let events = PersistedEventStore::<_, A>::new_event_store(repository)
        .with_upcasters(vec![Box::new(app.upcasters.clone())]);
    let loaded = events.load_aggregate(stream).await.expect("an aggregate");
    let current = match stream.split_once('/') {
        Some((_, id)) => {
            let id: Uuid = id.parse().expect("a customer's id");
            app.store.customer(app.tenant, &Reference::Id(id.into())).await
        }
        None => app.store.tenant(app.tenant).await,
    };
    let current = current.expect("a read").expect("a state");
    let state: A = serde_json::from_str(&current.state).expect("a state");
    assert_eq!(loaded.aggregate, state, "{stream}");
    assert_eq!(i64::try_from(loaded.current_sequence).expect("a version"), current.version);
}

#[tokio::test]
async fn the_stock_repository_reads_the_same_customers_that_the_service_serves() {
    let app = TestApp::with_upcasters(full_names()).await;
    let ids: Vec<_> = (0..6).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &ids, "the stock repository").await;
    let older = json!({ "full_name": "Ada of old" });
    store_behind(&app, ids[0], "ProfileUpdated", "0.9", &older).await;
    for id in ids {
        let stream = format!("{}/{id}", app.tenant.id);
        expect_stock_repository_agrees::<Customer>(&app, &stream).await;
    }
    expect_stock_repository_agrees::<Tenant>(&app, &app.tenant.id.to_string()).await;
}

#[tokio::test]
async fn the_stock_repository_reads_the_metadata_of_events() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    Draft::register(app.tenant, id).key("a-key").happens(&app.store).await;
    Draft::note(app.tenant, id, "a note").happens(&app.store).await;
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
