//! Answers lost between the service and PostgreSQL: acknowledged commands are stored once, others
//! at most once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Executor as _, PgConnection, query_scalar};
use store::{Limits, Options, OutageCause, Store, StoreError};
use tests::{
    Chance, Door, Draft, Fault, Proxy, TestApp, customer_id, expect_sound, idle_in_transaction,
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A service, and a second instance with an unreliable connection to PostgreSQL.
async fn over_proxy() -> (TestApp, Proxy, Store) {
    let app = TestApp::new().await;
    let proxy = Proxy::to(&app.database).await;
    let writers = Limits { queue_max: 1_024, batch_max: 256, connections_max: 3 };
    let options = Options { readers_max: 2, writers, ..Options::new(proxy.options.clone()) };
    let store = Store::open(&options).await.expect("a store");
    (app, proxy, store)
}

/// How many events of a customer have this note.
async fn count_notes(connection: &mut PgConnection, app: &TestApp, id: Uuid, note: &str) -> i64 {
    query_scalar(
        "select count(*) from events
          where aggregate_id = $1 and payload #>> '{data,metadata,note}' = $2",
    )
    .bind(format!("{}/{id}", app.tenant.id))
    .bind(note)
    .fetch_one(connection)
    .await
    .expect("a count")
}

fn marked(text: &str) -> String {
    format!("{} {text}", Proxy::MARK)
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_answered_as_a_success() {
    let (app, proxy, store) = over_proxy().await;
    let id = customer_id(1);
    Draft::register(app.tenant, id).happens(&store).await;
    let mut connection = app.database.connect().await;
    let faults = [Fault::LoseAnswer, Fault::LoseRequest, Fault::Cut];
    for (round, fault) in (0..60).zip(faults.into_iter().cycle()) {
        let note = marked(&format!("round {round}"));
        proxy.strike(fault);
        let draft = Draft::note(app.tenant, id, &note);
        // With and without an idempotency key the result must be the same.
        let draft = if round % 2 == 0 { draft.key(format!("key-{round}")) } else { draft };
        let answer = draft.happens(&store).await;
        assert_eq!(answer.rendered.version, Some(round + 2), "{fault:?}");
        assert_eq!(count_notes(&mut connection, &app, id, &note).await, 1, "{fault:?}");
    }
    assert_eq!(proxy.struck(), 60);
    expect_sound(&mut connection).await;
}

#[tokio::test]
async fn a_late_append_is_not_executed_twice() {
    let (app, proxy, store) = over_proxy().await;
    let mut chance = Chance::seeded("late requests");
    let mut connection = app.database.connect().await;
    for round in 0..200 {
        let id = customer_id(round);
        let late = Duration::from_micros(chance.below(25_000));
        proxy.strike(Fault::Late(late));
        // If it were decided again after it was stored, it would be refused. The second command
        // would undo the first.
        let draft = Draft::register(app.tenant, id)
            .command("replace-metadata", serde_json::json!({ "metadata": { "note": marked("") } }))
            .command("replace-metadata", serde_json::json!({ "metadata": {} }));
        let answer = draft.send(&store).await.expect("an answer");
        assert_eq!(answer.rendered.status, 200, "{late:?}: {}", answer.rendered.body);
        assert_eq!(answer.rendered.version, Some(3), "{late:?}");
    }
    assert_eq!(proxy.struck(), 200);
    proxy.until_late_requests(200).await;
    let found = expect_sound(&mut connection).await;
    assert_eq!(found.events, 1 + 200 * 3);
}

#[tokio::test]
async fn an_unknown_outcome_is_a_503_and_a_retry_is_executed_once() {
    let (app, proxy, store) = over_proxy().await;
    let mut connection = app.database.connect().await;
    let id = customer_id(1);
    Draft::register(app.tenant, id).happens(&store).await;
    for (fault, door) in [(Fault::LoseAnswer, Door::Refuse), (Fault::LoseRequest, Door::Stall)] {
        let note = marked(&format!("{fault:?}"));
        let draft = Draft::note(app.tenant, id, &note).key(format!("{fault:?}"));
        proxy.strike(fault);
        proxy.door(door);
        let begun = Instant::now();
        let unknown = draft.send(&store).await;
        assert!(matches!(unknown, Err(StoreError::Unavailable(_))), "{unknown:?}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        let stored = i64::from(fault == Fault::LoseAnswer);
        assert_eq!(count_notes(&mut connection, &app, id, &note).await, stored, "{fault:?}");

        proxy.door(Door::Open);
        for attempt in 0..3 {
            let answer = draft.happens(&store).await;
            assert_eq!(answer.replayed, attempt > 0 || stored == 1, "{fault:?}");
        }
        assert_eq!(count_notes(&mut connection, &app, id, &note).await, 1, "{fault:?}");
    }
    expect_sound(&mut connection).await;
}

/// A registration whose answer is lost while the database accepts no connections.
async fn lost_registration(app: &TestApp, proxy: &Proxy, store: &Store) -> Draft {
    // So that the writer has a connection.
    Draft::register(app.tenant, customer_id(2)).happens(store).await;
    proxy.strike(Fault::LoseAnswer);
    proxy.door(Door::Stall);
    let body = serde_json::json!({ "metadata": { "note": marked("once") } });
    Draft::register(app.tenant, customer_id(1)).command("replace-metadata", body)
}

#[tokio::test]
async fn commands_with_an_unknown_outcome_are_not_decided_again() {
    let (app, proxy, store) = over_proxy().await;
    let draft = lost_registration(&app, &proxy, &store).await;
    let unknown = draft.send(&store).await;
    assert!(matches!(unknown, Err(StoreError::Unavailable(_))), "{unknown:?}");
    proxy.door(Door::Open);
    // The writer continues with the next command. It does not decide the lost one again.
    Draft::register(app.tenant, customer_id(3)).happens(&store).await;
    assert_eq!(expect_sound(&mut app.database.connect().await).await.events, 5);
}

#[tokio::test]
async fn a_lost_answer_is_found_when_the_database_returns_in_time() {
    let (app, proxy, store) = over_proxy().await;
    let draft = lost_registration(&app, &proxy, &store).await;
    let comes_back = async {
        proxy.until_stalled().await;
        proxy.door(Door::Open);
    };
    let (answer, ()) = tokio::join!(draft.send(&store), comes_back);
    // It was executed. A refusal as a duplicate would be wrong.
    let answer = answer.expect("an answer");
    assert_eq!(answer.rendered.status, 200, "{}", answer.rendered.body);
    assert_eq!(expect_sound(&mut app.database.connect().await).await.events, 4);
}

/// Codes of errors after which a commit may have happened or not.
const UNKNOWN: [&str; 5] = ["08006", "08P01", "40003", "58030", "XX000"];

#[tokio::test]
async fn an_error_that_is_reported_after_the_commit_is_answered_as_a_success() {
    let (app, proxy, store) = over_proxy().await;
    for (number, code) in (1..).zip(UNKNOWN) {
        proxy.strike(Fault::Report(code));
        // If it were decided again, it would be refused: the customer exists.
        let answer = Draft::register(app.tenant, customer_id(number))
            .command("replace-metadata", json!({ "metadata": { "note": marked("") } }))
            .send(&store)
            .await
            .expect("an answer");
        assert_eq!(answer.rendered.status, 200, "{code}: {}", answer.rendered.body);
        assert_eq!(answer.rendered.version, Some(2), "{code}");
    }
    assert_eq!(proxy.struck(), 5);
    assert_eq!(expect_sound(&mut app.database.connect().await).await.events, 1 + 5 * 2);
}

/// Makes the database report an error with this code for each event, at the end of the transaction
/// if `late`. Only the first `times` events fail.
async fn fail_events(owner: &mut PgConnection, code: &str, late: bool, times: u32) {
    let deferred = if late { "deferrable initially deferred" } else { "" };
    let trigger = format!(
        "create sequence failures;
         grant usage on failures to public;
         create function fail_event() returns trigger language plpgsql as $$
         begin
             -- A sequence isn't rolled back.
             if nextval('failures') <= {times} then
                 raise exception 'made up by a test' using errcode = '{code}';
             end if;
             return null;
         end $$;
         create constraint trigger fails after insert on events {deferred}
            for each row execute function fail_event()"
    );
    owner.execute(&*trigger).await.expect("a trigger");
}

async fn mend_events(owner: &mut PgConnection) {
    let mended = "drop trigger fails on events; drop function fail_event; drop sequence failures";
    owner.execute(mended).await.expect("no trigger");
}

#[tokio::test]
async fn an_error_of_unknown_outcome_that_passes_stores_a_command_once() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let cases = UNKNOWN.into_iter().flat_map(|code| [(code, false), (code, true)]);
    for (number, (code, late)) in (1..).zip(cases) {
        fail_events(&mut owner, code, late, 1).await;
        let draft = Draft::register(app.tenant, customer_id(number));
        let draft = if number % 4 < 2 { draft.key(format!("key-{number}")) } else { draft };
        let answer = draft.send(&app.store).await.expect("an answer");
        assert_eq!(answer.rendered.status, 200, "{code}, {late}: {}", answer.rendered.body);
        assert!(!answer.replayed, "{code}, {late}");
        mend_events(&mut owner).await;
    }
    assert_eq!(expect_sound(&mut owner).await.events, 1 + 10);
}

#[tokio::test]
async fn an_error_of_unknown_outcome_that_stays_is_a_503_and_stores_nothing() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    for (number, code) in (1..).zip(["58030", "XX000"]) {
        fail_events(&mut owner, code, number % 2 == 0, u32::MAX).await;
        let draft = Draft::register(app.tenant, customer_id(number));
        let Err(StoreError::Unavailable(outage)) = draft.send(&app.store).await else {
            panic!("{code} is no outage");
        };
        assert_eq!(outage.cause(), OutageCause::Broken, "{code}");
        // Each try is a head that was fenced once more, so there are few.
        let tries: i64 = query_scalar("select last_value from failures")
            .fetch_one(&mut owner)
            .await
            .expect("a count");
        assert!(tries <= 3, "{code} was tried {tries} times");
        mend_events(&mut owner).await;
        draft.happens(&app.store).await;
    }
    assert_eq!(expect_sound(&mut owner).await.events, 1 + 2);
}

/// How often connections are cut before the callers stop.
const CUTS: u32 = 40;

/// One caller: sends notes under its own keys until stopped, and repeats those with an unknown
/// outcome.
async fn call(
    app: TestApp,
    store: Store,
    caller: u64,
    stop: Arc<AtomicBool>,
) -> Vec<(Uuid, String)> {
    let mut acknowledged = Vec::new();
    for command in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = customer_id((caller + command) % 8);
        let note = format!("{caller}-{command}");
        let draft = Draft::note(app.tenant, id, &note).key(note.clone());
        loop {
            match draft.send(&store).await {
                Ok(answer) => {
                    assert_eq!(answer.rendered.status, 200, "{}", answer.rendered.body);
                    acknowledged.push((id, note));
                    break;
                }
                Err(StoreError::Unavailable(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_at_any_moment_cause_no_loss_or_duplicates() {
    let (app, proxy, store) = over_proxy().await;
    let mut chance = Chance::seeded("cuts");
    for id in 0..8 {
        Draft::register(app.tenant, customer_id(id)).happens(&store).await;
    }
    let proxy = Arc::new(proxy);
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..16 {
        callers.spawn(call(app.clone(), store.clone(), caller, Arc::clone(&stop)));
    }
    for _ in 0..CUTS {
        tokio::time::sleep(Duration::from_micros(chance.below(40_000))).await;
        if chance.percent(10) {
            proxy.door(Door::Refuse);
        }
        proxy.cut();
        tokio::time::sleep(Duration::from_micros(chance.below(10_000))).await;
        proxy.door(Door::Open);
    }
    stop.store(true, Ordering::Relaxed);
    let acknowledged: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    assert!(acknowledged.len() >= 16, "each caller got through");
    let mut connection = app.database.connect().await;
    let found = expect_sound(&mut connection).await;
    assert_eq!(found.events, i64::try_from(1 + 8 + acknowledged.len()).expect("few"));
    for (id, note) in acknowledged {
        assert_eq!(count_notes(&mut connection, &app, id, &note).await, 1, "{note}");
    }
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
}
