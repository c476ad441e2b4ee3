//! Every reader shows older events in today's format and refuses newer ones.

use std::collections::BTreeSet;

use domain::customer::{Customer, changes};
use domain::upcast::Upcasters;
use serde_json::{Value, json};
use sqlx::{PgConnection, query_as};
use store::StoreError;
use store::log::verify_partition;
use tests::{TestApp, changes_of, customer_id, expect_sound_with, full_names, store_behind};
use uuid::Uuid;

use crate::postgres_es::expect_stock_repository_agrees;

/// A service that reads full names, and a customer with three versions: registered, given a full
/// name by an older release, and given a city by this one.
async fn with_an_older_event() -> (TestApp, Uuid) {
    let app = TestApp::with_upcasters(full_names()).await;
    let id = customer_id(1);
    app.register(id, "Ada").await;
    let older = json!({ "full_name": "Ada of old" });
    store_behind(&app, id, "ProfileUpdated", "0.9", &older).await;
    let city = json!({ "address": { "city": "Bern" } });
    app.command(&id.to_string(), "update-profile", &city).await.expect(200);
    (app, id)
}

/// The states of a customer that has only these profiles.
fn states(profiles: &[Value]) -> Vec<Customer> {
    let state = |profile| json!({ "status": "active", "profile": profile });
    profiles
        .iter()
        .map(|profile| serde_json::from_value(state(profile)).expect("a state"))
        .collect()
}

/// Requires that every reader of events sees this customer in these states, from version 1 to the
/// current one. Every reader of events belongs here.
async fn expect_all_readers_agree(app: &TestApp, id: Uuid, states: &[Customer]) {
    let versions = 1..=u64::try_from(states.len()).expect("a version") + 1;
    let past = app.store.past(app.tenant, id.into(), versions).await.expect("the past");
    assert_eq!(past.into_values().collect::<Vec<_>>(), states);

    let mut connection = app.database.connect().await;
    expect_sound_with(&mut connection, &app.upcasters).await;
    expect_stock_repository_agrees::<Customer>(app, &format!("{}/{id}", app.tenant.id)).await;

    app.settle().await;
    expect_field_changes(app, &mut connection, id, states).await;
}

/// Requires that the changes of its fields lead from each state to the next, and that the read
/// model has them all.
async fn expect_field_changes(
    app: &TestApp,
    connection: &mut PgConnection,
    id: Uuid,
    states: &[Customer],
) {
    let unregistered = Customer::default();
    let befores = std::iter::once(&unregistered).chain(states);
    let mut expected = Vec::new();
    for (version, (before, after)) in (1..).zip(befores.zip(states)) {
        let mut changes = changes(before, after);
        changes.sort_by(|a, b| a.field.cmp(&b.field));
        expected.extend(changes.into_iter().map(|it| (version, it.field, it.old, it.new)));
    }
    let found = changes_of(&app.store, app.tenant, id).await.into_iter();
    let found: Vec<_> =
        found.map(|change| (change.cause.version, change.field, change.old, change.new)).collect();
    assert_eq!(found, expected);
    let rows: Vec<(i64, String)> = query_as(
        "select version, field from field_changes where customer_id = $1 order by version, field",
    )
    .bind(id)
    .fetch_all(connection)
    .await
    .expect("rows");
    // The objects above a changed field have rows, too.
    let mut with_objects = BTreeSet::new();
    for (version, field, _, _) in expected {
        let ends = field.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        with_objects
            .extend(ends.chain([field.len()]).map(|end| (version, field[..end].to_owned())));
    }
    assert_eq!(rows, Vec::from_iter(with_objects));
}

#[tokio::test]
async fn a_customer_with_an_older_event_is_read_in_today_s_format() {
    let (app, id) = with_an_older_event().await;
    let expected = states(&[
        json!({ "name": "Ada" }),
        json!({ "name": "Ada of old" }),
        json!({ "name": "Ada of old", "address": { "city": "Bern" } }),
    ]);
    expect_all_readers_agree(&app, id, &expected).await;
    // Another instance has an empty cache.
    expect_all_readers_agree(&app.another_instance().await, id, &expected).await;
}

#[tokio::test]
async fn a_customer_can_be_reverted_to_a_version_that_an_older_event_made() {
    let (app, id) = with_an_older_event().await;
    let reference = id.to_string();
    app.command(&reference, "update-profile", &json!({ "name": "Bob" })).await.expect(200);
    app.command(&reference, "revert-to", &json!({ "version": 2 })).await.expect(200);
    let reply = app.get(&format!("/v1/customers/{id}")).await.expect(200);
    assert_eq!(reply.json()["profile"], json!({ "name": "Ada of old" }));
}

#[tokio::test]
async fn an_event_version_without_an_upcaster_is_refused_and_affects_only_its_customer() {
    let (app, id) = with_an_older_event().await;
    let reference = id.to_string();
    store_behind(&app, id, "ProfileUpdated", "9.9", &json!({ "name": "Ada to be" })).await;

    // Readers of this event refuse it instead of guessing.
    let past = app.store.past(app.tenant, id.into(), [4]).await;
    assert!(matches!(past, Err(StoreError::Unreadable { .. })), "{past:?}");
    let reverted = app.command(&reference, "revert-to", &json!({ "version": 4 })).await;
    reverted.expect_problem(500, "internal");

    // Earlier versions can be read, and later events can be stored.
    app.store.past(app.tenant, id.into(), [3]).await.expect("the past before it");
    app.command(&reference, "revert-to", &json!({ "version": 1 })).await.expect(200);
    app.command(&reference, "update-profile", &json!({ "name": "Bob" })).await.expect(200);
    let reply = app.get(&format!("/v1/customers/{id}")).await.expect(200);
    assert_eq!(reply.json()["profile"], json!({ "name": "Bob" }));
    app.register(customer_id(2), "Grace").await;

    let mut connection = app.database.connect().await;
    app.settle().await;
    let grace = states(&[json!({ "name": "Grace" })]);
    expect_field_changes(&app, &mut connection, customer_id(2), &grace).await;
    let verified = verify_partition(&mut connection, app.tenant.partition, &[]).await;
    let verified = verified.expect("a check");
    assert!(verified.is_whole(), "{verified:?}");
}

#[tokio::test]
async fn a_release_without_the_upcaster_of_an_older_event_refuses_it() {
    let (app, id) = with_an_older_event().await;
    let forgetful = app.another_release(Upcasters::default()).await;
    let past = forgetful.store.past(app.tenant, id.into(), [3]).await;
    assert!(matches!(past, Err(StoreError::Unreadable { .. })), "{past:?}");
    let past = forgetful.store.past(app.tenant, id.into(), [1]).await.expect("the past before it");
    assert_eq!(past.into_values().collect::<Vec<_>>(), states(&[json!({ "name": "Ada" })]));
}
