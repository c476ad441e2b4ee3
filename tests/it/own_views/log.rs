//! cqrs-es's tools read the log.

use std::sync::Arc;

use cqrs_es::EventStore as _;
use cqrs_es::persist::{
    GenericQuery, PersistedEventRepository as _, PersistedEventStore, PersistenceError,
    QueryReplay, SerializedEvent,
};
use domain::tenant::Tenant;
use postgres_es::PostgresViewRepository;
use sqlx::PgPool;
use tests::{Draft, full_names, store_behind};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_into_a_stock_view_makes_the_views_that_the_follower_made() {
    let (app, view) = with_seen().await;
    let other = app.another_tenant().await;
    let ids: Vec<_> = (1..=6).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &ids, "replayed").await;
    Draft::history(&other.store, other.tenant, &ids, "of another tenant").await;
    // More events of one customer than are read at a time. The random history may have archived the others.
    let ids: Vec<_> = ids.into_iter().chain([customer_id(7)]).collect();
    Draft::register(app.tenant, ids[6]).happens(&app.store).await;
    for nth in 0..300 {
        Draft::note(app.tenant, ids[6], &format!("note {nth}")).happens(&app.store).await;
    }
    let mut owner = app.database.connect().await;
    let table = "create table stock_seen (view_id text primary key, version bigint, payload json)";
    execute(&mut owner, table).await;
    let pool = PgPool::connect(&app.database.url).await.expect("connections");
    let stock = Arc::new(PostgresViewRepository::<Seen, Customer>::new("stock_seen", pool));
    let mut query = GenericQuery::new(Arc::clone(&stock));
    query.use_error_handler(Box::new(|error| panic!("{error}")));
    let mut replay = QueryReplay::new(app.store.log_repository(app.tenant), query);
    replay.use_error_handler(Box::new(|error| panic!("{error}")));

    replay.replay_all().await.expect("a replay");
    let made: i64 = query_scalar("select count(*) from stock_seen")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(made, 7, "only this tenant's customers");
    for one_by_one in [false, true] {
        if one_by_one {
            execute(&mut owner, "truncate stock_seen").await;
        }
        for id in &ids {
            let stream = format!("{}/{id}", app.tenant.id);
            if one_by_one {
                replay.replay(&stream).await.expect("a replay");
            }
            let followed = seen(&app, view, *id).await;
            assert!(followed.is_some(), "{stream}");
            assert_eq!(stock.load(&stream).await.expect("a view"), followed, "{stream}");
        }
    }
}

#[tokio::test]
async fn a_replay_of_all_ends_where_the_log_ended_when_it_began() {
    let (app, _) = with_seen().await;
    app.register(customer_id(1), "Acme").await;
    let log = app.store.log_repository(app.tenant);
    let mut stream = log.stream_all_events::<Customer>().await.expect("a stream");
    let first = stream.next::<Customer>(&[]).await.expect("an event").expect("readable");
    assert_eq!(first.sequence, 1);
    rename(&app, 1, "Acme Ltd").await;
    assert!(stream.next::<Customer>(&[]).await.is_none(), "the end");
}

#[tokio::test]
async fn the_log_has_events_of_older_shapes_in_the_shape_of_today() {
    let app = TestApp::with_upcasters(full_names()).await;
    let id = customer_id(1);
    app.register(id, "Ada").await;
    let older = json!({ "full_name": "Ada of old" });
    store_behind(&app, id, "ProfileUpdated", "0.9", &older).await;
    let stream = format!("{}/{id}", app.tenant.id);
    let log = app.store.log_repository(app.tenant);
    let of_one = log.get_events::<Customer>(&stream).await.expect("events");
    assert_eq!(of_one[1].payload["data"], json!({ "name": "Ada of old" }));
    assert_eq!(of_one[1].event_version, "1.0");
    assert_eq!(log.get_last_events::<Customer>(&stream, 1).await.expect("events"), of_one[1..]);
    let mut all = log.stream_all_events::<Customer>().await.expect("a stream");
    all.next::<Customer>(&[]).await.expect("an event").expect("readable");
    let second = all.next::<Customer>(&[]).await.expect("an event").expect("readable");
    assert_eq!(serde_json::to_value(second.payload).expect("JSON"), of_one[1].payload);
}

#[tokio::test]
async fn the_stock_event_store_loads_aggregates_from_the_log() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    rename(&app, 1, "Acme Ltd").await;
    let log = || app.store.log_repository(app.tenant);
    let stream = format!("{}/{id}", app.tenant.id);
    for customers in [
        PersistedEventStore::<_, Customer>::new_event_store(log()),
        PersistedEventStore::new_snapshot_store(log(), 1),
    ] {
        let loaded = customers.load_aggregate(&stream).await.expect("an aggregate");
        assert_eq!(loaded.current_sequence, 2);
        let name = loaded.aggregate.profile.name.expect("a name");
        assert_eq!(name.as_str(), "Acme Ltd");
    }
    let tenants = PersistedEventStore::<_, Tenant>::new_event_store(log());
    let tenant = tenants.load_aggregate(&app.tenant.id.to_string()).await.expect("a tenant");
    assert_eq!(tenant.current_sequence, 1);
    let mut all = log().stream_all_events::<Tenant>().await.expect("a stream");
    let created = all.next::<Tenant>(&[]).await.expect("an event").expect("readable");
    assert_eq!(created.aggregate_id, app.tenant.id.to_string());
    assert!(all.next::<Tenant>(&[]).await.is_none());
}

#[tokio::test]
async fn nothing_is_written_to_the_log_by_the_tools() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    let log = app.store.log_repository(app.tenant);
    let stream = format!("{}/{id}", app.tenant.id);
    let events: Vec<SerializedEvent> = log.get_events::<Customer>(&stream).await.expect("events");
    let next = SerializedEvent { sequence: 2, ..events[0].clone() };
    let refused = log.persist::<Customer>(&[next], None).await;
    let Err(PersistenceError::UnknownError(error)) = refused else { panic!("{refused:?}") };
    let why = "the log can't be written through this repository: send a command with Store::submit";
    assert_eq!(error.to_string(), why);
    assert_eq!(log.get_events::<Customer>(&stream).await.expect("events"), events);
    assert_eq!(log.get_snapshot::<Customer>(&stream).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_stream_that_the_database_breaks_off_ends_with_the_error() {
    let app = TestApp::new().await;
    app.register(customer_id(1), "Acme").await;
    let log = app.store.log_repository(app.tenant);
    app.store.close().await;
    let mut stream = log.stream_all_events::<Customer>().await.expect("a stream");
    let broken = stream.next::<Customer>(&[]).await.expect("an error");
    assert!(matches!(broken, Err(PersistenceError::ConnectionError(_))), "{broken:?}");
    assert!(stream.next::<Customer>(&[]).await.is_none());
}
