//! Customers that can't be folded, and those that can again.

use store::projections::{Unparked, parked, unpark};
use tests::store_behind;

use super::*;

const NO_POISON: &str = "alter table field_changes
    add constraint no_poison check (
        version not in (3, 5) or customer_id <> '0190a0a0-0000-7000-8000-000000000004')";

#[tokio::test]
async fn a_parked_customer_continues_once_the_cause_is_fixed() {
    let app = with_customers().await;
    let mut owner = app.database.connect().await;
    query(NO_POISON).execute(&mut owner).await.expect("a constraint");
    for name in ["poison", "Acme again", "poison", "Acme at last"] {
        rename(&app, 4, name).await;
    }
    app.settle().await;
    let mut projector = projector(&app).await;
    let all = parked(&mut projector, 100).await.expect("parked streams");
    let [one] = &all[..] else { panic!("{all:?}") };
    assert_eq!(
        (&*one.projection, one.customer_id, one.sequence),
        ("field_changes", customer_id(4), 3)
    );

    let still = unpark(&app.options(), one).await.expect("an answer");
    assert_eq!(still, Unparked::StoppedAt(3));
    query("alter table field_changes drop constraint no_poison")
        .execute(&mut owner)
        .await
        .expect("no constraint");
    assert_eq!(unpark(&app.options(), one).await.expect("an answer"), Unparked::Applied(4));
    assert_eq!(unpark(&app.options(), one).await.expect("an answer"), Unparked::NotParked);
    assert!(parked(&mut projector, 100).await.expect("parked streams").is_empty());
    expect_views(&app).await;
    rename(&app, 4, "Acme goes on").await;
    expect_views(&app).await;
}

#[tokio::test]
async fn a_rebuild_parks_and_reports_customers_that_it_cannot_fold() {
    let app = with_customers().await;
    store_behind(&app, customer_id(2), "CustomerTeleported", "1.0", &json!({})).await;
    app.settle().await;
    let rebuilt = rebuild(&app, "field_changes").await;
    assert!(rebuilt.comparison.equal(), "{:?}", rebuilt.comparison);
    let all = parked(&mut projector(&app).await, 100).await.expect("parked streams");
    let stopped: Vec<(i32, Uuid, i64)> = all
        .iter()
        .filter(|one| one.projection == "field_changes")
        .map(|one| (one.generation, one.customer_id, one.sequence))
        .collect();
    assert_eq!(stopped, [(1, customer_id(2), 3), (2, customer_id(2), 3)]);
    let live = generations(&app, "field_changes").await.pop().expect("a generation");
    assert_eq!((live.generation, live.parked), (2, 1));
}

#[tokio::test]
async fn the_current_state_is_not_replaced_by_an_incomplete_one() {
    let app = with_customers().await;
    store_behind(&app, customer_id(2), "CustomerTeleported", "1.0", &json!({})).await;
    let mut owner = app.database.connect().await;
    let before = rows(&mut owner, "customers").await;
    let ended = rebuild::rebuild(&app.options(), "customers", 2).await;
    let incomplete = matches!(ended, Err(rebuild::RebuildError::Incomplete { streams: 1, .. }));
    assert!(incomplete, "{ended:?}");
    assert_eq!(states(&app, "customers").await, ["1 live", "2 cancelled"]);
    let given_up = generations(&app, "customers").await.pop().expect("a generation");
    assert!(given_up.failure.is_some_and(|why| why.contains("1 customers")));
    assert_eq!(rows(&mut owner, "customers").await, before);
}
