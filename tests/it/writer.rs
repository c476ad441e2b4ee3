//! The writer: many commands per commit, each answered after it, none lost.

use std::pin::pin;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{query, query_scalar};
use store::{Limits, Options, Reference, Store, StoreError};
use tests::{
    Chance, Draft, HeldHead, TestApp, customer_id, define_custom_field, expect_sound,
    idle_in_transaction,
};
use uuid::Uuid;

async fn count(app: &TestApp, what: &'static str) -> i64 {
    let mut connection = app.database.connect().await;
    query_scalar(what).fetch_one(&mut connection).await.expect("a count")
}

async fn registered(app: &TestApp, customers: u64) -> Vec<Uuid> {
    let ids: Vec<_> = (0..customers).map(customer_id).collect();
    let drafts: Vec<_> = ids.iter().map(|id| Draft::register(app.tenant, *id)).collect();
    for answer in Draft::send_together(&drafts, &app.store).await {
        assert_eq!(answer.expect("an answer").rendered.status, 200);
    }
    ids
}

#[tokio::test]
async fn commands_that_arrive_together_share_commits() {
    let app = TestApp::new().await;
    registered(&app, 64).await;
    let commits = "select count(distinct xmin::text) from events where aggregate_type = 'customer'";
    let commits = count(&app, commits).await;
    assert!((1..=8).contains(&commits), "64 commands took {commits} commits");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_loses_no_accepted_command() {
    let app = TestApp::new().await;
    let limits = Limits { queue_max: 4, batch_max: 256, connections_max: 1 };
    let database = app.database.options.clone();
    let options = Options { readers_max: 1, writers: limits, ..Options::new(database) };
    let store = Store::open(&options).await.expect("a store");
    let mut head = HeldHead::of(&app).await;

    let draft = |number| Draft::register(app.tenant, customer_id(number)).submission();
    let mut taken = vec![store.submit_patiently(draft(0)).await.expect("room")];
    head.until_blocked(1).await;
    for number in 1..=4 {
        taken.push(store.submit_patiently(draft(number)).await.expect("room"));
    }
    let begun = Instant::now();
    let refused = store.submit(draft(5)).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());

    head.let_go().await;
    for pending in taken {
        assert_eq!(pending.answer().await.expect("an answer").rendered.status, 200);
    }
    store.submit(draft(5)).await.expect("room again");
    assert_eq!(count(&app, "select count(*) from customers").await, 6);
}

#[tokio::test]
async fn a_command_is_executed_even_if_its_caller_disconnects() {
    let app = TestApp::new().await;
    let mut chance = Chance::seeded("hang-ups");
    for number in 0..200 {
        let draft = Draft::register(app.tenant, customer_id(number));
        let patience = Duration::from_micros(chance.below(4_000));
        let mut sent = Box::pin(draft.send(&app.store));
        // Polled once, so that it is queued; then dropped at whatever point.
        let _ = futures::poll!(&mut sent);
        let _ = tokio::time::timeout(patience, sent).await;
    }
    app.store.close().await;
    assert_eq!(count(&app, "select count(*) from customers").await, 200);
    let mut connection = app.database.connect().await;
    expect_sound(&mut connection).await;
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
}

#[tokio::test]
async fn closing_answers_queued_commands_and_accepts_no_more() {
    let app = TestApp::new().await;
    let mut head = HeldHead::of(&app).await;
    let mut queued = Vec::new();
    for number in 0..300 {
        let submission = Draft::register(app.tenant, customer_id(number)).submission();
        queued.push(app.store.submit_patiently(submission).await.expect("room"));
    }
    let mut closing = pin!(app.store.close());
    assert!(futures::poll!(&mut closing).is_pending(), "it must wait for what is queued");
    let late = Draft::register(app.tenant, customer_id(999)).send(&app.store).await;
    assert!(matches!(late, Err(StoreError::Stopping)), "{late:?}");
    head.until_blocked(1).await;
    assert!(futures::poll!(&mut closing).is_pending(), "it must wait for what is queued");

    head.let_go().await;
    closing.await;
    for pending in queued {
        assert_eq!(pending.answer().await.expect("an answer").rendered.status, 200);
    }
    assert_eq!(count(&app, "select count(*) from customers").await, 300);
    let open = "select count(*) from pg_stat_activity
                 where datname = current_database() and application_name = 'dossier'";
    let begun = Instant::now();
    while count(&app, open).await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "sessions stay open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn states_and_reservations_always_follow_from_the_events() {
    let app = TestApp::new().await;
    let mut chance = Chance::seeded("any commands");
    define_custom_field(&app.store, app.tenant).await;
    let ids: Vec<_> = (0..12).map(customer_id).collect();
    for _ in 0..20 {
        let drafts: Vec<_> =
            (0..60).map(|_| Draft::random(app.tenant, &ids, &mut chance)).collect();
        for answer in Draft::send_together(&drafts, &app.store).await {
            answer.expect("an answer");
        }
    }
    let found = expect_sound(&mut app.database.connect().await).await;
    assert!(found.events > 200 && found.customers == 12, "{found:?}");
}

#[tokio::test]
async fn idempotency_answers_are_deleted_after_their_retention() {
    let app = TestApp::new().await;
    for number in 0..20 {
        let draft = Draft::register(app.tenant, customer_id(number));
        draft.key(format!("key-{number}")).happens(&app.store).await;
    }
    assert_eq!(app.store.purge_answers(48).await.expect("a purge"), 0);
    let mut connection = app.database.connect().await;
    query(
        "update command_results set created_at = now() - interval '49 hours'
            where idempotency_key in ('key-3', 'key-4', 'key-5')",
    )
    .execute(&mut connection)
    .await
    .expect("older answers");
    assert_eq!(app.store.purge_answers(48).await.expect("a purge"), 3);

    let kept = Draft::register(app.tenant, customer_id(6)).key("key-6").send(&app.store).await;
    assert!(kept.expect("an answer").replayed);
    let gone = Draft::register(app.tenant, customer_id(3)).key("key-3").send(&app.store).await;
    let gone = gone.expect("an answer");
    assert!(!gone.replayed && gone.rendered.status == 409, "{gone:?}");
}

#[tokio::test]
async fn a_command_that_the_database_refuses_fails_alone() {
    let app = TestApp::new().await;
    let mut connection = app.database.connect().await;
    query(
        "alter table events add constraint no_such_thing
           check (payload::text not like '%unheard-of%')",
    )
    .execute(&mut connection)
    .await
    .expect("a constraint that the service doesn't know");
    let ids = registered(&app, 20).await;

    let mut head = HeldHead::of(&app).await;
    let first = Draft::note(app.tenant, ids[0], "first").submission();
    let first = app.store.submit_patiently(first).await.expect("room");
    head.until_blocked(1).await;
    let mut queued = Vec::new();
    for (nth, id) in ids.iter().enumerate() {
        let text = if nth == 7 { "unheard-of" } else { "usual" };
        let submission = Draft::note(app.tenant, *id, text).submission();
        queued.push(app.store.submit_patiently(submission).await.expect("room"));
    }
    head.let_go().await;
    first.answer().await.expect("an answer");
    for (nth, pending) in queued.into_iter().enumerate() {
        match (nth, pending.answer().await) {
            (7, Err(StoreError::Refused(_))) => {}
            (other, Ok(answer)) if other != 7 => assert_eq!(answer.rendered.status, 200),
            (other, answer) => panic!("command {other}: {answer:?}"),
        }
    }
    expect_sound(&mut connection).await;
    Draft::note(app.tenant, ids[7], "usual again").happens(&app.store).await;
}

#[tokio::test]
async fn ended_sessions_are_replaced_without_a_failed_command() {
    let app = TestApp::new().await;
    let ids = registered(&app, 4).await;
    let mut connection = app.database.connect().await;
    for round in 0..20 {
        let ended: i64 = query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
              where datname = current_database() and application_name = 'dossier'",
        )
        .fetch_one(&mut connection)
        .await
        .expect("ended sessions");
        assert!(ended > 0);
        let note = format!("round {round}");
        let drafts: Vec<_> = ids.iter().map(|id| Draft::note(app.tenant, *id, &note)).collect();
        for answer in Draft::send_together(&drafts, &app.store).await {
            assert_eq!(answer.expect("an answer").rendered.status, 200);
        }
        let state = read_patiently(&app, ids[0]).await;
        assert_eq!(state["metadata"], json!({ "note": format!("round {round}") }));
    }
    expect_sound(&mut connection).await;
}

/// Reads a customer's state. A read on a session that was ended fails, once for each such session.
async fn read_patiently(app: &TestApp, id: Uuid) -> serde_json::Value {
    for _ in 0..5 {
        if let Ok(read) = app.store.customer(app.tenant, &Reference::Id(id.into())).await {
            let read = read.expect("a customer");
            return serde_json::from_str(&read.state).expect("a state");
        }
    }
    panic!("reads go on failing");
}
