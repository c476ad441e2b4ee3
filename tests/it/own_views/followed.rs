//! A view gets each event exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;

/// What a follower waits for before it moves a checkpoint.
const GATE: i64 = 4_812;

/// A follower that has stored its rows waits at the gate before it moves the checkpoint of `seen`.
async fn make_the_gate(owner: &mut PgConnection) {
    for statement in [
        format!(
            "create function wait_at_gate() returns trigger language plpgsql as $$
             begin
                 perform pg_advisory_xact_lock({GATE});
                 return new;
             end $$"
        ),
        "create trigger wait_at_gate before update on checkpoints for each row
         when (new.projection = 'seen') execute function wait_at_gate()"
            .to_owned(),
    ] {
        execute(owner, &statement).await;
    }
}

async fn close_the_gate(owner: &mut PgConnection) {
    execute(owner, &format!("select pg_advisory_lock({GATE})")).await;
}

async fn open_the_gate(owner: &mut PgConnection) {
    execute(owner, &format!("select pg_advisory_unlock({GATE})")).await;
}

/// The sessions that wait at the gate.
async fn waiting(owner: &mut PgConnection) -> Vec<i32> {
    query_scalar(
        "select pid from pg_locks
          where locktype = 'advisory' and not granted and objid::bigint = $1
            and database = (select oid from pg_database where datname = current_database())",
    )
    .bind(GATE)
    .fetch_all(owner)
    .await
    .expect("locks")
}

/// Kills a follower whose rows are written and whose checkpoint isn't moved.
async fn kill_a_follower_at_the_gate(owner: &mut PgConnection) {
    let killed = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            if let Some(pid) = waiting(owner).await.first() {
                let end = format!("select pg_terminate_backend({pid}, 5000)");
                return execute(owner, &end).await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    killed.await.expect("a follower at the gate within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_gets_each_event_once_while_followers_are_killed_and_commands_go_on() {
    let (app, view) = with_seen().await;
    let other = app.another_instance().await;
    let mut owner = app.database.connect().await;
    let mut gate = app.database.connect().await;
    make_the_gate(&mut gate).await;
    for number in 1..=4 {
        app.register(customer_id(number), "Acme").await;
    }
    let going_on = Arc::new(AtomicBool::new(true));
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..4 {
        let app = if caller % 2 == 0 { app.clone() } else { other.clone() };
        let going_on = Arc::clone(&going_on);
        callers.spawn(async move {
            let mut nth = 0;
            while going_on.load(Ordering::Relaxed) {
                nth += 1;
                rename(&app, nth % 4 + 1, &format!("Caller {caller}, name {nth}")).await;
            }
        });
    }
    for _ in 0..3 {
        close_the_gate(&mut gate).await;
        kill_a_follower_at_the_gate(&mut owner).await;
        open_the_gate(&mut gate).await;
    }
    going_on.store(false, Ordering::Relaxed);
    while let Some(caller) = callers.join_next().await {
        caller.expect("commands");
    }
    for number in 1..=4 {
        let id = customer_id(number);
        let logged = logged(&mut owner, &app, id).await;
        assert!(logged.len() > 4, "{logged:?}");
        let seen = seen(&app, view, id).await.expect("a view");
        assert_eq!(seen.versions, logged, "customer {number}");
        assert_eq!(seen.names["ProfileUpdated"], seen.names.values().sum::<u64>() - 1);
    }
}

#[tokio::test]
async fn a_view_has_what_the_event_says_and_who_and_when() {
    let (app, view) = with_seen().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    rename(&app, 1, "Acme Ltd").await;
    let seen = seen(&app, view, id).await.expect("a view");
    assert_eq!(seen.versions, [1, 2]);
    assert_eq!(seen.names["CustomerRegistered"], 1);
    let mut owner = app.database.connect().await;
    let (_, at) = seen.last.expect("a last event");
    let same: bool = query_scalar("select recorded_at = $2::timestamptz from events where partition = $1 and aggregate_type = 'customer' order by position desc limit 1")
        .bind(app.tenant.partition.number())
        .bind(&at)
        .fetch_one(&mut owner)
        .await
        .expect("an event");
    assert!(same, "{at}");
}

#[tokio::test]
async fn a_caller_that_waits_for_the_position_of_a_command_sees_it_in_the_view() {
    let (app, view) = with_seen().await;
    let id = customer_id(1);
    app.register(id, "Acme").await;
    let views = app.store.views(view, app.tenant);
    let mut owner = app.database.connect().await;
    let position: i64 = query_scalar("select position from log_heads where partition = $1")
        .bind(app.tenant.partition.number())
        .fetch_one(&mut owner)
        .await
        .expect("a head");
    assert!(views.reached(position).await.expect("an answer"));
    assert_eq!(load(&views, &id.to_string()).await.expect("a view").versions, [1]);
}

#[tokio::test]
async fn a_view_can_t_have_the_name_of_a_projection_or_one_that_is_no_name_in_sql() {
    for name in ["customers", "field_changes", "", "1st", "Seen", "a-b", "a;b", &"x".repeat(41)] {
        ViewProjection::<Seen>::new(name, 1).expect_err(name);
    }
    ViewProjection::<Seen>::new(&"x".repeat(40), 1).expect("a name");
}

/// Programs may start together, and again.
#[tokio::test]
async fn the_table_of_a_view_is_made_once() {
    let (app, view) = with_seen().await;
    app.register(customer_id(1), "Acme").await;
    let made = || store::cqrs::make_view_tables(&app.database.options, &app.projections);
    let (one, two) = tokio::join!(made(), made());
    one.expect("no change");
    two.expect("no change");
    assert_eq!(seen(&app, view, customer_id(1)).await.expect("a view").versions, [1]);
}
