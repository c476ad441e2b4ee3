//! Other load on the database during the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{PgConnection, query, query_scalar};
use tests::{Chance, TestDatabase};
use tokio::task::JoinSet;

/// Disturbances that continue until they are ended.
pub(super) struct Disturbed {
    ended: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    pub(super) notices_lost: Arc<AtomicU64>,
    /// Transactions that stay open all the time.
    open: Vec<PgConnection>,
}

impl Disturbed {
    pub(super) async fn begin(database: &TestDatabase, chance: &mut Chance) -> Self {
        let mut disturbed = Self {
            ended: Arc::default(),
            tasks: JoinSet::new(),
            notices_lost: Arc::default(),
            open: vec![writing(database).await, looking(database).await],
        };
        let ended = Arc::clone(&disturbed.ended);
        let (mut holder, mut own) = (database.connect().await, chance.split());
        disturbed.tasks.spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                hold_checkpoints(&mut holder, &mut own).await;
            }
        });
        let (ended, lost) = (Arc::clone(&disturbed.ended), Arc::clone(&disturbed.notices_lost));
        let (mut killer, mut own) = (database.connect().await, chance.split());
        disturbed.tasks.spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                lost.fetch_add(lose_notices(&mut killer).await, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(500 + own.below(5_000))).await;
            }
        });
        disturbed
    }

    /// Releases checkpoints and listeners. The open transactions stay until this is dropped.
    pub(super) async fn calm(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a disturbance that works");
        }
    }

    /// Requires that the open transactions were open all the time.
    pub(super) async fn end(mut self) {
        for mut connection in self.open.drain(..) {
            let rows: i64 = query_scalar("select count(*) from foreign_work")
                .fetch_one(&mut connection)
                .await
                .expect("a transaction that is still open");
            assert!(rows <= 1);
            query("rollback").execute(&mut connection).await.expect("an end");
        }
    }
}

/// A transaction that has written, and so has a transaction id that all others see.
async fn writing(database: &TestDatabase) -> PgConnection {
    let mut connection = database.connect().await;
    for statement in [
        "create table foreign_work (id bigint)",
        "begin",
        "insert into foreign_work (id) values (1)",
    ] {
        query(statement).execute(&mut connection).await.expect("a foreign transaction");
    }
    connection
}

/// A transaction with the first snapshot of the log.
async fn looking(database: &TestDatabase) -> PgConnection {
    let mut connection = database.connect().await;
    let begin = "begin isolation level repeatable read";
    query(begin).execute(&mut connection).await.expect("a foreign transaction");
    let sum: i64 = query_scalar("select sum(position)::bigint from log_heads")
        .fetch_one(&mut connection)
        .await
        .expect("the heads");
    assert!(sum >= 0);
    connection
}

/// Locks some of the checkpoints for a while, in all partitions.
async fn hold_checkpoints(connection: &mut PgConnection, chance: &mut Chance) {
    query("begin").execute(&mut *connection).await.expect("a transaction");
    query("select from checkpoints where (partition + $1) % 3 = 0 for update skip locked")
        .bind(i32::try_from(chance.below(3)).expect("a number"))
        .execute(&mut *connection)
        .await
        .expect("locks");
    tokio::time::sleep(Duration::from_millis(100 + chance.below(1_000))).await;
    query("rollback").execute(connection).await.expect("an end");
    tokio::time::sleep(Duration::from_millis(chance.below(2_000))).await;
}

/// Cuts the connections for notifications between the services, and returns how many.
async fn lose_notices(connection: &mut PgConnection) -> u64 {
    let cut: i64 = query_scalar(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
          where datname = current_database() and query ilike 'listen %'",
    )
    .fetch_one(connection)
    .await
    .expect("an answer");
    cut.unsigned_abs()
}
