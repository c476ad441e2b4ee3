//! An event that a projection can't apply parks that customer there, and no other.

use serde_json::json;
use sqlx::{PgConnection, query, query_as, query_scalar};
use tests::{TestApp, customer_id, store_behind};

/// The parked customers: projection, customer's number, first event that isn't applied.
async fn parked(connection: &mut PgConnection) -> Vec<(String, i64, i64)> {
    query_as(
        "select projection, ('x' || right(customer_id::text, 8))::bit(32)::bigint, sequence
           from parked_streams
          order by projection, customer_id",
    )
    .fetch_all(connection)
    .await
    .expect("parked streams")
}

/// The versions of a customer that are in `field_changes`.
async fn versions(connection: &mut PgConnection, number: u64) -> Vec<i64> {
    query_scalar(
        "select distinct version from field_changes where customer_id = $1 order by version",
    )
    .bind(customer_id(number))
    .fetch_all(connection)
    .await
    .expect("versions")
}

#[tokio::test]
async fn an_unreadable_event_parks_its_customer_in_every_projection() {
    let app = TestApp::new().await;
    for number in 1..=3 {
        app.register(customer_id(number), "Acme").await;
    }
    store_behind(&app, customer_id(2), "CustomerTeleported", "1.0", &json!({})).await;
    for number in 1..=3 {
        let body = json!({ "name": "Acme Ltd" });
        let reference = customer_id(number).to_string();
        app.command(&reference, "update-profile", &body).await.expect(200);
    }
    app.settle().await;

    let mut owner = app.database.connect().await;
    let parked = parked(&mut owner).await;
    let following: i64 = query_scalar(
        "select count(*) from projections p where state = 'live'
                         and exists (select from checkpoints c where c.projection = p.name)",
    )
    .fetch_one(&mut owner)
    .await
    .expect("a count");
    assert_eq!(i64::try_from(parked.len()).expect("a count"), following, "{parked:?}");
    assert!(parked.iter().all(|(_, number, sequence)| (*number, *sequence) == (2, 2)));
    assert_eq!(versions(&mut owner, 1).await, [1, 2]);
    assert_eq!(versions(&mut owner, 2).await, [1]);
    assert_eq!(versions(&mut owner, 3).await, [1, 2]);
}

#[tokio::test]
async fn an_event_that_one_projection_cannot_apply_parks_its_customer_only_there() {
    let app = TestApp::new().await;
    for number in 1..=2 {
        app.register(customer_id(number), "Acme").await;
    }
    let unknown = json!({
        "id": "0190a0a0-0000-7000-8000-0000000000ff", "archived_at": "2026-01-02T03:04:05.000006Z"
    });
    store_behind(&app, customer_id(1), "BillingConfigArchived", "1.0", &unknown).await;
    app.settle().await;
    let mut owner = app.database.connect().await;
    assert_eq!(parked(&mut owner).await, [("billing_configurations".to_owned(), 1, 2)]);
}

#[tokio::test]
async fn refused_rows_park_their_customer_at_that_event() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    query(
        "alter table field_changes
           add constraint no_poison check (version <> 3)",
    )
    .execute(&mut owner)
    .await
    .expect("a constraint");
    // All events exist before anything follows them, so they come in one batch.
    let held = app.another_that_does_not_follow().await;
    app.store.close().await;
    for number in 1..=5 {
        held.register(customer_id(number), "Acme").await;
    }
    for name in ["Acme Ltd", "poison", "Acme again"] {
        let reference = customer_id(4).to_string();
        held.command(&reference, "update-profile", &json!({ "name": name })).await.expect(200);
    }
    held.another_instance().await.settle().await;

    assert_eq!(parked(&mut owner).await, [("field_changes".to_owned(), 4, 3)]);
    assert_eq!(versions(&mut owner, 4).await, [1, 2]);
    for number in [1, 2, 3, 5] {
        assert_eq!(versions(&mut owner, number).await, [1], "customer {number}");
    }
}
