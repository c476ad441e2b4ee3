//! Holding the head of a partition, so that nothing can be stored in it.

use std::time::{Duration, Instant};

use sqlx::{PgConnection, query, query_scalar};
use store::Store;

use crate::TestApp;

/// A transaction that locks the head of a tenant's partition. Dropping it releases the lock.
#[derive(Debug)]
pub struct HeldHead {
    holder: PgConnection,
    watcher: PgConnection,
}

impl HeldHead {
    /// Locks the head of the partition of `app`'s tenant.
    ///
    /// # Panics
    ///
    /// When it can't be locked.
    pub async fn of(app: &TestApp) -> Self {
        let mut holder = app.database.connect().await;
        query("begin").execute(&mut holder).await.expect("a transaction");
        query("select from log_heads where partition = $1 for update")
            .bind(app.tenant.partition.number())
            .execute(&mut holder)
            .await
            .expect("the lock");
        Self { holder, watcher: app.database.connect().await }
    }

    /// Waits until this many sessions of the service wait for a lock.
    ///
    /// # Panics
    ///
    /// When they don't within some seconds.
    pub async fn until_blocked(&mut self, sessions: i64) {
        until_blocked(&mut self.watcher, sessions).await;
    }

    /// Releases the lock.
    ///
    /// # Panics
    ///
    /// When the transaction can't be ended.
    pub async fn let_go(mut self) {
        query("rollback").execute(&mut self.holder).await.expect("the end of the transaction");
    }
}

/// Waits until this many sessions of the service wait for a lock in this database.
///
/// # Panics
///
/// When they don't within some seconds.
pub async fn until_blocked(watcher: &mut PgConnection, sessions: i64) {
    let begun = Instant::now();
    loop {
        let blocked: i64 = query_scalar(
            "select count(*) from pg_stat_activity
              where datname = current_database() and application_name = 'dossier'
                and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *watcher)
        .await
        .expect("sessions");
        if blocked >= sessions {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "{blocked} of {sessions} blocked");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the writers have taken every command that was queued.
pub async fn until_taken(store: &Store) {
    while store.waiting() > 0 {
        tokio::task::yield_now().await;
    }
}
