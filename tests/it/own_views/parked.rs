//! A view that can't take an event parks that customer, and nobody else.

use sqlx::query_as;
use store::Role;
use store::projections::{Unparked, parked_in, unpark};
use tests::Draft;

use super::*;

/// A view that fails at a customer's note.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Fragile {
    versions: Vec<usize>,
}

/// The note at which it fails.
const POISON: &str = "poison";

impl View<Customer> for Fragile {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        // It is already changed when it fails.
        self.versions.push(event.sequence);
        let text = serde_json::to_string(&event.payload).expect("JSON");
        assert!(!text.contains(POISON), "this event is too much");
    }
}

/// The same view after its mistake is mended.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Mended {
    versions: Vec<usize>,
}

impl View<Customer> for Mended {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        self.versions.push(event.sequence);
    }
}

/// Projection, first event that isn't applied, and why.
async fn parked(owner: &mut PgConnection) -> Vec<(String, Uuid, i64, String)> {
    query_as("select projection, customer_id, sequence, failure from parked_streams order by 1, 2")
        .fetch_all(owner)
        .await
        .expect("parked streams")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_panics_parks_its_customer_at_that_event_until_it_is_mended() {
    let fragile = ViewProjection::<Fragile>::new("fragile", 1).expect("a name");
    let app = TestApp::with_views(&Projections::default().with(fragile)).await;
    // All of it is there before anything is followed, so that it comes in one batch.
    let writer = app.another_that_does_not_follow().await;
    app.store.close().await;
    for number in 1..=3 {
        writer.register(customer_id(number), "Acme").await;
    }
    let (poisoned, tenant) = (customer_id(2), app.tenant);
    for nth in 2..=69 {
        Draft::note(tenant, poisoned, &format!("note {nth}")).happens(&writer.store).await;
    }
    Draft::note(tenant, poisoned, POISON).happens(&writer.store).await;
    Draft::note(tenant, poisoned, "after that").happens(&writer.store).await;
    let app = writer.another_instance().await;
    app.settle().await;

    let mut owner = app.database.connect().await;
    let why = "the view panicked: this event is too much".to_owned();
    let at_that_event = [("fragile".to_owned(), poisoned, 70, why)];
    assert_eq!(parked(&mut owner).await, at_that_event);
    let views = app.store.views(fragile, app.tenant);
    let before = load(&views, &poisoned.to_string()).await.expect("a view");
    assert_eq!(before.versions, (1..70).collect::<Vec<_>>());
    for number in [1, 3] {
        let view = load(&views, &customer_id(number).to_string()).await.expect("a view");
        assert_eq!(view.versions, [1], "customer {number}");
    }

    // It stays so when it is tried again, and when the view is rebuilt.
    let mut projector =
        store::connect(&app.database.options, Role::Projector).await.expect("a session");
    let one = parked_in(&mut projector, "fragile", None, 10).await.expect("a list").remove(0);
    let again = unpark(&app.options(), &one).await.expect("an answer");
    assert_eq!(again, Unparked::StoppedAt(70));
    let rebuilt = store::projections::rebuild::rebuild(&app.options(), "fragile", 1).await;
    let rebuilt = rebuilt.expect("a rebuild");
    assert!(rebuilt.comparison.equal() && rebuilt.comparison.rows == 3, "{rebuilt:?}");
    app.store.close().await;

    // A release whose view takes the event goes on from there.
    let mended = ViewProjection::<Mended>::new("fragile", 1).expect("a name");
    let app = app.another_program(&Projections::default().with(mended)).await;
    for one in parked_in(&mut projector, "fragile", None, 10).await.expect("a list") {
        let applied = unpark(&app.options(), &one).await.expect("an answer");
        assert!(matches!(applied, Unparked::Applied(2) | Unparked::NotParked), "{applied:?}");
    }
    Draft::note(tenant, poisoned, "and on").happens(&app.store).await;
    app.settle().await;
    let views = app.store.views(mended, app.tenant);
    let after = load(&views, &poisoned.to_string()).await.expect("a view");
    assert_eq!(after.versions, (1..=72).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stored_view_that_can_t_be_read_parks_its_customer() {
    let (app, view) = with_seen().await;
    for number in 1..=2 {
        app.register(customer_id(number), "Acme").await;
    }
    app.settle().await;
    let mut owner = app.database.connect().await;
    let break_it = format!(
        "update view_seen set payload = '{{\"versions\": 1}}' where customer_id = '{}'",
        customer_id(1)
    );
    execute(&mut owner, &break_it).await;
    for number in 1..=2 {
        rename(&app, number, "Acme Ltd").await;
    }
    app.settle().await;
    let parked = parked(&mut owner).await;
    let [(projection, customer, 2, why)] = &parked[..] else { panic!("{parked:?}") };
    assert_eq!((&**projection, *customer), ("seen", customer_id(1)));
    assert!(why.starts_with("the stored view can't be read"), "{why}");
    assert_eq!(seen(&app, view, customer_id(2)).await.expect("a view").versions, [1, 2]);
}

/// The follower never applies an event to a view of another version.
#[tokio::test]
async fn a_view_that_lost_its_row_parks_its_customer() {
    let (app, _) = with_seen().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let mut owner = app.database.connect().await;
    execute(&mut owner, "delete from view_seen").await;
    rename(&app, 1, "Acme Ltd").await;
    app.settle().await;
    let parked = parked(&mut owner).await;
    let [(_, _, 2, why)] = &parked[..] else { panic!("{parked:?}") };
    assert_eq!(why, "the stored view is at version 0, and the next event is 2");
}

#[tokio::test]
async fn rows_of_a_view_that_the_database_refuses_park_their_customer_at_the_very_event() {
    let (app, view) = with_seen().await;
    let mut owner = app.database.connect().await;
    execute(&mut owner, "alter table view_seen add constraint no_third check (version < 3)").await;
    let writer = app.another_that_does_not_follow().await;
    app.store.close().await;
    for number in 1..=3 {
        writer.register(customer_id(number), "Acme").await;
    }
    for name in ["two", "three", "four"] {
        rename(&writer, 2, name).await;
    }
    let app = writer.another_instance().await;
    app.settle().await;
    let parked = parked(&mut owner).await;
    let [(_, customer, 3, _)] = &parked[..] else { panic!("{parked:?}") };
    assert_eq!(*customer, customer_id(2));
    assert_eq!(seen(&app, view, customer_id(2)).await.expect("a view").versions, [1, 2]);
    assert_eq!(seen(&app, view, customer_id(3)).await.expect("a view").versions, [1]);
}
