//! A batch that can't continue delays no others unnecessarily.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::query_scalar;
use store::{Limits, Options, Store, StoreError};
use tests::{Draft, Fault, Proxy, TestApp, customer_id, expect_sound};

use super::held::Held;

#[tokio::test]
async fn a_batch_is_answered_after_its_commit_while_the_next_one_loads() {
    let mut held = Held::new().await;
    held.hold().await;
    let out = held.queue(held.note(1, "out").submission()).await;
    held.until_blocked(1).await;
    // Its name must be looked up, and the proxy drops that request.
    held.proxy.strike(Fault::Hold(Duration::from_mins(2)));
    let open = held.queue(held.aliases(2, &[Proxy::MARK]).submission()).await;
    let begun = Instant::now();
    while held.proxy.struck() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(3), "nothing was looked up");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let let_go = Instant::now();
    held.let_go().await;
    out.happens().await;
    assert!(let_go.elapsed() < Duration::from_secs(2), "{:?}", let_go.elapsed());
    // The other command is not lost, either.
    open.happens().await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    held.sound().await;
}

#[tokio::test]
async fn closing_answers_commands_in_flight_decided_and_waiting() {
    let mut held = Held::new().await;
    held.hold().await;
    let out = held.queue(held.note(1, "out").submission()).await;
    held.until_blocked(1).await;
    let open = held.queue(held.note(1, "open").submission()).await;
    open.until_decided().await;
    let mut waiting = Vec::new();
    for number in 0..300 {
        waiting.push(held.queue(held.note(2, &format!("{number}")).submission()).await);
    }
    let store = held.store.clone();
    let closed = tokio::spawn(async move { store.close().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!closed.is_finished(), "it must wait for what is queued");
    let late = held.note(1, "late").send(&held.store).await;
    assert!(matches!(late, Err(StoreError::Stopping)), "{late:?}");
    held.let_go().await;
    let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
    closed.expect("a close in time").expect("a close");
    assert_eq!(out.happens().await.rendered.version, Some(4));
    assert_eq!(open.happens().await.rendered.version, Some(5));
    for (version, waiting) in (2..).zip(waiting) {
        assert_eq!(waiting.happens().await.rendered.version, Some(version));
    }
    held.sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tenants_share_one_connection_without_starvation() {
    let app = TestApp::new().await;
    let mut tenants = vec![app.tenant];
    for _ in 0..7 {
        tenants.push(app.another_tenant().await.tenant);
    }
    let writers = Limits { queue_max: 256, batch_max: 4, connections_max: 1 };
    let database = app.database.options.clone();
    let options = Options { readers_max: 1, writers, ..Options::new(database) };
    let store = Store::open(&options).await.expect("a store");
    let mut sent = Vec::new();
    for number in 0..100 {
        for tenant in &tenants {
            // Each must look something up while the previous one is being stored.
            let aliases = json!({ "aliases": [format!("alias-{number}")] });
            let draft = Draft::register(*tenant, customer_id(number));
            let draft = draft.command("set-aliases", aliases);
            sent.push(store.submit_patiently(draft.submission()).await.expect("room"));
        }
    }
    let all = async {
        for pending in sent {
            assert_eq!(pending.answer().await.expect("an answer").rendered.status, 200);
        }
    };
    tokio::time::timeout(Duration::from_mins(1), all).await.expect("answers in time");
    let found = expect_sound(&mut app.database.connect().await).await;
    assert_eq!(found.customers, 800);
}

#[tokio::test]
async fn a_repeated_request_opens_no_new_session() {
    let mut held = Held::new().await;
    let draft = held.note(1, "once").key("once");
    draft.happens(&held.store).await;
    // Sessions of the writer: followers and other background work open theirs at any time.
    let sessions = "select array_agg(pid order by pid) from pg_stat_activity
                     where datname = current_database() and application_name = 'dossier'
                       and query ~ 'append_authenticated_batch|command_results'";
    let mut seen = Vec::new();
    for round in 0..5 {
        // So that the writer drops the key from its cache.
        held.note(2, &format!("between {round}")).happens(&held.store).await;
        assert!(draft.happens(&held.store).await.replayed);
        let pids: Vec<i32> =
            query_scalar(sessions).fetch_one(&mut held.connection).await.expect("sessions");
        seen.push(pids);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    held.sound().await;
}
