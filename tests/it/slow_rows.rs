//! Rows that take too long to store: read models continue with smaller batches.

use std::time::Duration;

use serde_json::json;
use sqlx::{PgConnection, query, query_scalar};
use store::Options;
use store::projections::{Unparked, parked, unpark};
use tests::{TestApp, customer_id};

/// How long a statement of a follower may take here.
const STATEMENT: Duration = Duration::from_secs(1);
/// The time limit for something that must happen.
const SOON: Duration = Duration::from_mins(1);

/// Makes each row stored in a table take this long, and counts the attempts.
async fn slow_down(owner: &mut PgConnection, table: &str, seconds: &str) {
    let statements = format!(
        "create sequence tries;
         create function be_slow() returns trigger language plpgsql
                security definer set search_path = pg_catalog, public, pg_temp as $$
         begin
             perform nextval('tries');
             perform pg_sleep({seconds});
             return new;
         end
         $$;
         create trigger be_slow before insert on {table} for each row execute function be_slow()"
    );
    sqlx::raw_sql(&statements).execute(owner).await.expect("a slow table");
}

/// Waits until a query returns true.
async fn wait_until(owner: &mut PgConnection, question: &str) {
    let asked = async {
        while !query_scalar::<_, bool>(question).fetch_one(&mut *owner).await.expect("an answer") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, asked)
        .await
        .unwrap_or_else(|_| panic!("not so in time: {question}"));
}

/// Customers from 1 to `last` that nothing has followed yet, and an instance without followers.
async fn unfollowed(last: u64) -> (TestApp, PgConnection) {
    let app = TestApp::new().await;
    let held = app.another_that_does_not_follow().await;
    app.store.close().await;
    for number in 1..=last {
        held.register(customer_id(number), "Acme").await;
    }
    let owner = held.database.connect().await;
    (held, owner)
}

#[tokio::test]
async fn a_slow_backlog_is_followed_in_smaller_batches() {
    let (held, mut owner) = unfollowed(60).await;
    slow_down(&mut owner, "customer_list", "0.05").await;
    held.another_that_follows_within(STATEMENT).await.settle().await;
    let listed: i64 = query_scalar("select count(*) from customer_list")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(listed, 60);
    assert!(parked(&mut owner, 10).await.expect("parked streams").is_empty());
}

#[tokio::test]
async fn a_slow_database_parks_no_customer() {
    let (held, mut owner) = unfollowed(12).await;
    slow_down(&mut owner, "customer_list", "1.5").await;
    let following = held.another_that_follows_within(STATEMENT).await;
    // Together, alone, beside others, and again.
    wait_until(&mut owner, "select last_value >= 6 from tries").await;
    assert!(parked(&mut owner, 10).await.expect("parked streams").is_empty());
    query("drop trigger be_slow on customer_list").execute(&mut owner).await.expect("a fast table");
    following.settle().await;
    assert!(parked(&mut owner, 10).await.expect("parked streams").is_empty());
}

#[tokio::test]
async fn a_customer_with_a_locked_row_is_parked_and_catches_up_automatically() {
    let (held, mut owner) = unfollowed(3).await;
    let app = held.another_that_follows_within(STATEMENT).await;
    app.settle().await;
    let mut locking = app.database.connect().await;
    query("begin").execute(&mut locking).await.expect("a transaction");
    query("select from customer_list where customer_id = $1 for update")
        .bind(customer_id(2))
        .execute(&mut locking)
        .await
        .expect("a lock");
    for number in [2, 1, 3] {
        let reference = customer_id(number).to_string();
        app.command(&reference, "update-profile", &json!({ "name": "Acme Ltd" })).await.expect(200);
    }
    app.settle().await;

    let parked = parked(&mut owner, 10).await.expect("parked streams");
    let stopped: Vec<_> = parked
        .iter()
        .map(|stream| (&*stream.projection, stream.customer_id, stream.sequence))
        .collect();
    assert_eq!(stopped, [("customer_list", customer_id(2), 2)]);
    let named = "select array_agg(customer_id order by customer_id) from customer_list
                  where name = 'Acme Ltd'";
    let others: Vec<uuid::Uuid> = query_scalar(named).fetch_one(&mut owner).await.expect("ids");
    assert_eq!(others, [customer_id(1), customer_id(3)]);

    query("rollback").execute(&mut locking).await.expect("no lock");
    wait_until(&mut owner, "select not exists (select from parked_streams)").await;
    let all: Vec<uuid::Uuid> = query_scalar(named).fetch_one(&mut owner).await.expect("ids");
    assert_eq!(all, [1, 2, 3].map(customer_id));
}

#[tokio::test]
async fn a_slow_parked_stream_is_replayed_in_parts() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    query("alter table field_changes add constraint no_poison check (version <> 2)")
        .execute(&mut owner)
        .await
        .expect("a constraint");
    app.register(customer_id(1), "Acme").await;
    let reference = customer_id(1).to_string();
    for nth in 1..=40 {
        let body = json!({ "name": format!("Acme {nth}") });
        app.command(&reference, "update-profile", &body).await.expect(200);
    }
    app.settle().await;
    query("alter table field_changes drop constraint no_poison")
        .execute(&mut owner)
        .await
        .expect("no constraint");
    slow_down(&mut owner, "field_changes", "0.05").await;
    let parked = parked(&mut owner, 10).await.expect("parked streams");
    let [parked] = &parked[..] else { panic!("{parked:?}") };
    let options = Options { follow_timeout: STATEMENT, ..app.options() };
    let unparked = unpark(&options, parked).await.expect("a replay");
    assert_eq!(unparked, Unparked::Applied(40));
    let versions: i64 = query_scalar("select count(distinct version) from field_changes")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(versions, 41);
}
