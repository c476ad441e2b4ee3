//! Reads from a replica: a real standby, which is paused, killed and started again.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{PgConnection, query_scalar, raw_sql};
use store::{ReplicaOptions, ReplicaState};
use tests::{Standby, TestApp, customer_id, with_query};

/// The time limit for what has to happen on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// The lag of a replica that is never left out for it.
const ANY_LAG: Duration = Duration::from_secs(30);

fn replica(standby: &Standby, lag_max: Duration) -> ReplicaOptions {
    ReplicaOptions { database: standby.options.clone(), lag_max }
}

/// Waits until this holds of the state of the replica.
async fn until(app: &TestApp, holds: impl Fn(ReplicaState) -> bool) {
    let reached = async {
        while !app.store.replica().is_some_and(&holds) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reached).await;
    assert!(reached.is_ok(), "the replica is {:?}", app.store.replica());
}

/// Whether connections of a kind have been used.
fn has_used(app: &TestApp, kind: &str) -> bool {
    let found = app.store.connections().into_iter().find(|(name, _)| *name == kind);
    let (_, usage) = found.expect("a kind of connections");
    usage.idle + usage.used > 0
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().expect("items").clone()
}

/// Changes a customer, and requires that every read shows it at once.
async fn expect_own_writes(app: &TestApp, number: u64) {
    let (id, name) = (customer_id(number), format!("Zebra{number}x"));
    let before = app.get("/v1/feed?from=now").await.expect(200).json();
    let cursor = before["next_cursor"].as_str().expect("a cursor").to_owned();
    let body = json!({
        "id": id, "external_id": format!("acme-{number}"), "profile": { "name": name },
    });
    let written = app.post("/v1/customers", &body).await.expect(201);
    let at_least = [("dossier-at-least", written.header("dossier-position"))];

    // Current without a condition.
    let feed = app.get(&with_query("/v1/feed", &[("cursor", &cursor)])).await.expect(200).json();
    assert_eq!(items(&feed).len(), 1, "{feed}");
    let events = app.get(&format!("/v1/customers/{id}/events")).await.expect(200).json();
    assert_eq!(items(&events).len(), 1, "{events}");
    app.get(&format!("/v1/customers/external:acme-{number}")).await.expect(200);
    app.get(&format!("/v1/customers/{id}?version=1")).await.expect(200);
    app.get(&format!("/v1/customers/{id}/tree")).await.expect(200);
    app.get(&format!("/v1/customers/{id}/blame")).await.expect(200);

    // From the position that the write gave.
    let of_customer = [("external_id", format!("acme-{number}"))];
    let of_customer = of_customer.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (path, parameters) in [
        ("/v1/customers", &of_customer[..]),
        ("/v1/customers", &[("search", name.as_str())]),
        ("/v1/audit", &[("customer", &id.to_string())]),
        ("/v1/audit", &[("customer", &id.to_string()), ("type", "CustomerRegistered")]),
        (&format!("/v1/customers/{id}/changes"), &[("field", "/profile/name")]),
    ] {
        let found = app.get_with(&with_query(path, parameters), &at_least).await.expect(200).json();
        assert_eq!(items(&found).len(), 1, "{path} {parameters:?}: {found}");
    }
    let export = [("accept", "application/x-ndjson"), at_least[0]];
    let export = app.get_with("/v1/customers", &export).await.expect(200);
    assert!(export.body.contains(&name), "{}", export.body);
}

#[tokio::test]
async fn a_replica_shows_what_was_acknowledged_before() {
    let standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, ANY_LAG)).await;
    until(&app, ReplicaState::serves).await;
    for number in 1..=10 {
        expect_own_writes(&app, number).await;
    }
    for kind in ["lists", "searches", "feed", "exports"] {
        assert!(has_used(&app, &format!("replica_{kind}")), "{kind}");
    }
    // The primary answers names and positions only.
    for kind in ["searches", "feed", "exports"] {
        assert!(!has_used(&app, kind), "{kind}");
    }
    let ready = app.get("/readyz").await.expect(200);
    assert_eq!(ready.body, "database: ok\nreplica: ok\ninstance: ok\n");

    // What another instance wrote is there, too; row-level security holds at the replica.
    primary.register(customer_id(11), "Other").await;
    primary.settle().await;
    assert_eq!(items(&app.get("/v1/customers").await.expect(200).json()).len(), 11);
    let stranger = app.another_tenant().await;
    for path in
        ["/v1/customers", "/v1/customers?search=zebra1x", "/v1/audit", "/v1/billing-configs"]
    {
        let found = stranger.get(path).await.expect(200).json();
        assert!(!found.to_string().contains("Zebra"), "{path}: {found}");
    }
}

#[tokio::test]
async fn a_read_waits_for_a_replica_that_is_a_little_behind() {
    let standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, ANY_LAG)).await;
    until(&app, ReplicaState::serves).await;
    standby.pause().await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let reader = app.clone();
    let mut read = tokio::spawn(async move { reader.get("/v1/customers?search=acme").await });
    let early = tokio::time::timeout(Duration::from_millis(300), &mut read).await;
    assert!(early.is_err(), "the replica does not show it yet: {early:?}");
    standby.resume().await;
    let found = read.await.expect("an answer").expect(200).json();
    assert_eq!(items(&found).len(), 1);
    assert!(has_used(&app, "replica_searches") && !has_used(&app, "searches"));
}

#[tokio::test]
async fn a_replica_that_stays_behind_is_left_out_and_comes_back() {
    let standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, Duration::from_millis(500))).await;
    until(&app, ReplicaState::serves).await;
    standby.pause().await;
    for number in 1..=3 {
        expect_own_writes(&app, number).await;
    }
    until(&app, |state| state == ReplicaState::Behind).await;
    assert!(has_used(&app, "searches") && has_used(&app, "feed"), "the primary answers");
    let ready = app.get("/readyz").await.expect(200);
    assert!(
        ready.body.contains("\nreplica: left out: it is too far behind the primary\n"),
        "{}",
        ready.body
    );
    standby.resume().await;
    until(&app, ReplicaState::serves).await;
    for number in 4..=6 {
        expect_own_writes(&app, number).await;
    }
    assert!(has_used(&app, "replica_lists"));
}

#[tokio::test]
async fn reads_go_on_while_a_replica_is_killed_and_started_again() {
    let mut standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, Duration::from_secs(2))).await;
    until(&app, ReplicaState::serves).await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move {
                loop {
                    for path in ["/v1/customers", "/v1/customers?search=acme", "/v1/audit"] {
                        let found = app.get(path).await.expect(200).json();
                        assert!(!items(&found).is_empty(), "{path}");
                    }
                }
            })
        })
        .collect();
    standby.kill();
    until(&app, |state| matches!(state, ReplicaState::Unavailable(_))).await;
    expect_own_writes(&app, 2).await;
    standby.start().await;
    until(&app, ReplicaState::serves).await;
    expect_own_writes(&app, 3).await;
    for reader in readers {
        assert!(!reader.is_finished(), "{:?}", reader.await);
        reader.abort();
    }
}

/// Makes reads of customers take long on the standby alone.
async fn slow_on_standby(app: &TestApp) {
    let sql = "create function on_read() returns boolean language plpgsql as $$
               begin
                   if pg_is_in_recovery() then
                       perform pg_sleep(60);
                   end if;
                   return true;
               end $$;
               create policy read_slowly on customers as restrictive for select using (on_read());";
    raw_sql(sql).execute(&mut app.database.connect().await).await.expect("a policy");
}

async fn until_asleep(standby: &mut PgConnection) {
    let sleeps = "select exists (select from pg_stat_activity where wait_event = 'PgSleep')";
    let asleep = async {
        while !query_scalar::<_, bool>(sleeps).fetch_one(&mut *standby).await.expect("activity") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asleep).await.expect("a read");
}

#[tokio::test]
async fn the_primary_answers_what_replay_cancels_on_the_replica() {
    let standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, ANY_LAG)).await;
    until(&app, ReplicaState::serves).await;
    app.register(customer_id(1), "Acme").await;
    app.settle().await;
    slow_on_standby(&app).await;
    for path in ["/v1/customers", "/v1/customers?search=acme"] {
        let reader = app.clone();
        let read = tokio::spawn(async move { reader.get(path).await });
        until_asleep(&mut standby.connect().await).await;
        let lock = "begin; lock table customers in access exclusive mode; commit";
        raw_sql(lock).execute(&mut app.database.connect().await).await.expect("a lock");
        let found = read.await.expect("an answer").expect(200).json();
        assert_eq!(items(&found).len(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_service_starts_without_its_replica_and_uses_it_later() {
    let mut standby = Standby::new().await;
    standby.kill();
    let primary = TestApp::of_primary(&standby).await;
    let app = primary.another_with_replica(replica(&standby, ANY_LAG)).await;
    expect_own_writes(&app, 1).await;
    until(&app, |state| matches!(state, ReplicaState::Unavailable(_))).await;
    standby.start().await;
    until(&app, ReplicaState::serves).await;
    expect_own_writes(&app, 2).await;
    assert!(has_used(&app, "replica_searches"));
}

#[tokio::test]
async fn a_server_that_is_not_a_standby_of_the_database_is_left_out() {
    let standby = Standby::new().await;
    let primary = TestApp::of_primary(&standby).await;
    let itself = ReplicaOptions { database: primary.database.options.clone(), lag_max: ANY_LAG };
    let other =
        ReplicaOptions { database: standby.options.clone().database("postgres"), lag_max: ANY_LAG };
    for (replica, why) in [(itself, ReplicaState::NoStandby), (other, ReplicaState::OtherDatabase)]
    {
        let app = primary.another_with_replica(replica).await;
        until(&app, |state| state == why).await;
        app.get("/v1/customers").await.expect(200);
        assert!(!has_used(&app, "replica_lists"), "{why:?}");
    }
}
