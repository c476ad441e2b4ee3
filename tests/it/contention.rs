//! Several instances of the service on one partition: everything acknowledged is there once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use store::log::{Hash, Link, Verified, verify_partition};
use tests::{Draft, TestApp, customer_id, expect_sound};
use tokio::task::JoinSet;
use uuid::Uuid;

const WRITERS: u64 = 16;
const COMMANDS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_change_the_same_customers_and_nothing_is_lost_or_done_twice() {
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
async fn of_all_who_want_one_external_id_exactly_one_gets_it() {
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
async fn someone_who_holds_the_head_for_a_while_only_delays_others() {
    let app = TestApp::new().await;
    let another = app.another_instance().await;
    let mut holder = app.database.connect().await;
    let mut transaction = holder.begin().await.expect("a transaction");
    query("select from log_heads where partition = $1 for update")
        .bind(app.tenant.partition.number())
        .execute(&mut *transaction)
        .await
        .expect("the lock");
    let begun = Instant::now();
    let sent = (0..20).map(|number| {
        let store = if number % 2 == 0 { &app.store } else { &another.store };
        let draft = Draft::register(app.tenant, customer_id(number));
        async move { draft.send(store).await.expect("an answer").rendered.status }
    });
    let release = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        transaction.rollback().await.expect("the end of the transaction");
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(sent), release);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(answers.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([200]));
    let found = expect_sound(&mut app.database.connect().await).await;
    assert_eq!(found.customers, 20);
}

/// Moves the head again and again, and holds its lock nearly all the time: whoever only compares
/// it, without waiting for the lock first, loses every time.
async fn move_the_head(app: TestApp, moves: Arc<AtomicU32>, stop: Arc<AtomicBool>) {
    let mut connection = app.database.connect().await;
    let stream = format!("{}/{}", app.tenant.id, Uuid::from_u128(1));
    for sequence in 1.. {
        let mut transaction = connection.begin().await.expect("a transaction");
        move_once(&mut transaction, &app, &stream, sequence).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
        transaction.commit().await.expect("a commit");
        moves.fetch_add(1, Ordering::SeqCst);
        if stop.load(Ordering::SeqCst) || sequence == 60 {
            return;
        }
    }
}

async fn move_once(connection: &mut PgConnection, app: &TestApp, stream: &str, sequence: i64) {
    let partition = app.tenant.partition.number();
    query("select from log_heads where partition = $1 for update")
        .bind(partition)
        .execute(&mut *connection)
        .await
        .expect("the lock");
    let (position, hash, recorded_at): (i64, Vec<u8>, DateTime<Utc>) = query_as(
        "select position, hash, greatest(clock_timestamp(), recorded_at + interval '1 microsecond')
           from log_heads where partition = $1",
    )
    .bind(partition)
    .fetch_one(&mut *connection)
    .await
    .expect("the head");
    let link = Link {
        partition,
        position: position + 1,
        tenant_id: app.tenant.id.0,
        aggregate_type: "customer",
        aggregate_id: stream,
        sequence,
        event_type: "CustomerArchived",
        event_version: "1.0",
        payload: r#"{"type":"CustomerArchived","data":{}}"#,
        metadata: "{}",
        recorded_at,
    };
    let hash = link.hash(&Hash::try_from(hash).expect("32 bytes"));
    query(
        "with head as (
             update log_heads set position = $2, hash = $6, recorded_at = $5 where partition = $1
         )
         insert into events (partition, position, tenant_id, aggregate_type, aggregate_id, sequence,
                             event_type, event_version, payload, metadata, recorded_at, hash)
         values ($1, $2, $3, 'customer', $4, $7, 'CustomerArchived', '1.0', $8::json, '{}', $5, $6)",
    )
    .bind(partition)
    .bind(position + 1)
    .bind(app.tenant.id.0)
    .bind(stream)
    .bind(recorded_at)
    .bind(&hash[..])
    .bind(sequence)
    .bind(link.payload)
    .execute(connection)
    .await
    .expect("an event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_keeps_losing_takes_the_lock_first_and_gets_through() {
    let app = TestApp::new().await;
    let (moves, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let moving = tokio::spawn(move_the_head(app.clone(), Arc::clone(&moves), Arc::clone(&stop)));
    while moves.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for number in 0..5 {
        let before = moves.load(Ordering::SeqCst);
        Draft::register(app.tenant, customer_id(number)).happens(&app.store).await;
        let meanwhile = moves.load(Ordering::SeqCst) - before;
        // Two losses, the wait for the lock, and the move that was under way.
        assert!(meanwhile <= 5, "command {number} came after {meanwhile} moves");
    }
    assert!(!moving.is_finished(), "the head must be moving all the time");
    stop.store(true, Ordering::SeqCst);
    moving.await.expect("the other writer");
    let mut connection = app.database.connect().await;
    let verified = verify_partition(&mut connection, app.tenant.partition).await.expect("a check");
    assert!(matches!(verified, Verified::Intact { .. }), "{verified:?}");
}
