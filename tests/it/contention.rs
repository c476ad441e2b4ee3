//! Several instances of the service on one partition: every acknowledged command is stored once.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::query_scalar;
use store::{Limits, Options, Store};
use tests::{Draft, Fault, HeldHead, Proxy, TestApp, customer_id, expect_sound};
use tokio::task::JoinSet;

const WRITERS: u64 = 16;
const COMMANDS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_change_the_same_customers_without_loss_or_duplicates() {
    let app = TestApp::new().await;
    let another = app.another_instance().await;
    let ids: Vec<_> = (0..4).map(customer_id).collect();
    for id in &ids {
        Draft::register(app.tenant, *id).happens(&app.store).await;
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = if writer % 2 == 0 { app.store.clone() } else { another.store.clone() };
        let (tenant, ids) = (app.tenant, ids.clone());
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for (command, id) in (0..COMMANDS).zip(ids.iter().cycle()) {
                let note = format!("{writer}-{command}");
                let answer = Draft::note(tenant, *id, &note).happens(&store).await;
                acknowledged.push((*id, answer.rendered.version.expect("a version"), note));
            }
            acknowledged
        });
    }
    let acknowledged: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    let mut connection = app.database.connect().await;
    for (id, version, note) in &acknowledged {
        let stored: Vec<i64> = query_scalar(
            "select sequence from events
              where aggregate_id = $1 and payload #>> '{data,metadata,note}' = $2",
        )
        .bind(format!("{}/{id}", app.tenant.id))
        .bind(note)
        .fetch_all(&mut connection)
        .await
        .expect("events");
        assert_eq!(stored, [*version], "{note}");
    }
    let found = expect_sound(&mut connection).await;
    // The tenant's creation, the registrations, and every command once.
    let commands = i64::try_from(WRITERS * COMMANDS).expect("a count");
    assert_eq!(found.events, 1 + 4 + commands);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_instances_exactly_one_gets_an_external_id() {
    let app = TestApp::new().await;
    let another = app.another_instance().await;
    let ids: Vec<_> = (0..16).map(customer_id).collect();
    for id in &ids {
        Draft::register(app.tenant, *id).happens(&app.store).await;
    }
    for round in 0..25 {
        let wanted = format!("wanted-{round}");
        let mut racers = JoinSet::new();
        for (nth, id) in ids.iter().enumerate() {
            let store = if nth % 2 == 0 { app.store.clone() } else { another.store.clone() };
            let draft = Draft::on(app.tenant, *id)
                .command("change-external-id", json!({ "external_id": wanted }));
            racers.spawn(async move { draft.send(&store).await.expect("an answer").rendered });
        }
        let answers = racers.join_all().await;
        let winners = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(winners, 1, "round {round}: {answers:?}");
        let refused = answers.iter().filter(|answer| answer.body.contains("ExternalIdTaken"));
        assert_eq!(refused.count(), 15, "round {round}: {answers:?}");
    }
    expect_sound(&mut app.database.connect().await).await;
}

#[tokio::test]
async fn a_lock_on_the_head_only_delays_others() {
    let app = TestApp::new().await;
    let another = app.another_instance().await;
    let mut head = HeldHead::of(&app).await;
    let answered = AtomicUsize::new(0);
    let sent = (0..20).map(|number| {
        let store = if number % 2 == 0 { &app.store } else { &another.store };
        let draft = Draft::register(app.tenant, customer_id(number));
        let answered = &answered;
        async move {
            let answer = draft.send(store).await.expect("an answer");
            answered.fetch_add(1, Ordering::Relaxed);
            answer.rendered.status
        }
    });
    let release = async {
        // A session of each instance.
        head.until_blocked(2).await;
        assert_eq!(answered.load(Ordering::Relaxed), 0, "answered before it was stored");
        head.let_go().await;
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(sent), release);
    assert_eq!(answers.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([200]));
    let found = expect_sound(&mut app.database.connect().await).await;
    assert_eq!(found.customers, 20);
}

#[tokio::test]
async fn a_writer_that_keeps_losing_locks_the_head_first_and_succeeds() {
    let app = TestApp::new().await;
    let proxy = Proxy::to(&app.database).await;
    let writers = Limits { queue_max: 64, batch_max: 16, connections_max: 2 };
    let options = Options { readers_max: 1, writers, ..Options::new(proxy.options.clone()) };
    let slow = Store::open(&options).await.expect("a store");
    let id = customer_id(1);
    Draft::register(app.tenant, id).happens(&app.store).await;

    // Whenever the slow instance has decided and is about to append, the other one appends first.
    for _ in 0..20 {
        proxy.strike(Fault::Hold(Duration::from_millis(300)));
    }
    let mut faster = JoinSet::new();
    let note = Draft::note(app.tenant, id, Proxy::MARK);
    let mut slow_one = pin!(note.happens(&slow));
    let (mut seen, begun) = (0, Instant::now());
    while tokio::time::timeout(Duration::from_millis(1), &mut slow_one).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never gets through");
        if proxy.struck() > seen {
            seen = proxy.struck();
            let (store, text) = (app.store.clone(), format!("faster {seen}"));
            let draft = Draft::note(app.tenant, id, &text);
            faster.spawn(async move { draft.happens(&store).await });
        }
    }
    // It lost twice; the third time it held the lock, and the other one had to wait.
    assert_eq!(proxy.struck(), 3);
    faster.join_all().await;
    let found = expect_sound(&mut app.database.connect().await).await;
    assert_eq!(found.events, 1 + 1 + 3 + 1);
}
