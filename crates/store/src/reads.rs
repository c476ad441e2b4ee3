//! Records who read what: before the answer, many records in one commit. Also deletes old records.

mod behind;
mod insert;
mod read;
mod recorded;

use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, query_as, query_scalar};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) use self::behind::ReadBacklog;
use self::insert::insist;
pub use self::read::Read;
pub use self::recorded::ReadSource;
use crate::error::StoreError;

/// The maximum of records in a commit.
const BATCH_MAX: usize = 256;
/// Tenants whose old records are looked for at a time.
const TENANTS_TOGETHER: i64 = 100;
/// The maximum of records deleted in a commit. Each may have as many customers as a page.
const PURGED_TOGETHER: i32 = 500;
/// The maximum that one record counts for: itself, and the customers of one answer.
const SHOWN_TOGETHER_MAX: i64 = 1_001;
/// The maximum of waiting records.
const WAITING_MAX: usize = 1_024;

/// A record, and the caller that waits for it.
type WaitingRecord = (Read, oneshot::Sender<Result<(), StoreError>>);

/// Stores records. While one commit is running, further records wait for the next.
pub(crate) struct Reads {
    waiting: mpsc::Sender<WaitingRecord>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Reads {
    /// Starts storing over a connection with these options, made when it is needed.
    pub(crate) fn start(options: PgConnectOptions) -> Self {
        let (waiting, records) = mpsc::channel(WAITING_MAX);
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(store_all(options, records, stopping));
        Self { waiting, stop, task: Mutex::new(Some(task)) }
    }

    /// Records a read, and returns when it is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it may not be stored, [`StoreError::Stopping`] when it isn't.
    pub(crate) async fn record(&self, read: Read) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.waiting.send((read, reply)).await.map_err(|_| StoreError::Stopping)?;
        answer.await.map_err(|_| StoreError::Stopping)?
    }

    /// Takes no more records, and returns when all are stored.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            // The task ends by itself. A panic was already reported.
            let _ = task.await;
        }
    }
}

async fn store_all(
    options: PgConnectOptions,
    mut records: mpsc::Receiver<WaitingRecord>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        let taken = tokio::select! {
            taken = records.recv_many(&mut batch, BATCH_MAX) => taken,
            _ = stopping.wait_for(|stop| *stop), if !records.is_closed() => {
                records.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        let (reads, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let stored = insist(&options, &mut connection, &reads).await;
        for reply in replies {
            // A caller that stopped waiting has not answered, either.
            let _ = reply.send(stored.as_ref().map_err(again).copied());
        }
    }
}

/// The same error for each waiting caller.
fn again(error: &StoreError) -> StoreError {
    if let StoreError::Unavailable(outage) = error {
        let why = "the statement that recorded it failed";
        return StoreError::Unavailable(outage.for_another(why));
    }
    StoreError::unreadable("a record of a read", error.to_string())
}

/// Up to [`TENANTS_TOGETHER`] tenants with records older than this many days.
pub(crate) async fn with_old_records(
    connection: &mut PgConnection,
    days: i32,
) -> sqlx::Result<Vec<(i16, Uuid)>> {
    query_as(
        "select t.partition, t.tenant_id
           from tenants as t
          where exists (select
                          from read_audit as r
                         where r.partition = t.partition and r.tenant_id = t.tenant_id
                           and r.read_at < now() - make_interval(days => $1))
          order by t.partition, t.tenant_id
          limit $2",
    )
    .bind(days)
    .bind(TENANTS_TOGETHER)
    .fetch_all(connection)
    .await
}

/// Deletes the oldest [`PURGED_TOGETHER`] of a tenant's records that are older than this many days,
/// and returns their number.
pub(crate) async fn purge(
    connection: &mut PgConnection,
    (partition, tenant): (i16, Uuid),
    days: i32,
) -> sqlx::Result<u64> {
    let purged: i64 = query_scalar("select purge_reads($1, $2, $3, $4)")
        .bind(partition)
        .bind(tenant)
        .bind(days)
        .bind(PURGED_TOGETHER)
        .fetch_one(connection)
        .await?;
    Ok(purged.unsigned_abs())
}

/// Deletes the oldest of a tenant's records until records and their customers together are at most
/// `most`. Returns the number of deleted records.
pub(crate) async fn trim(
    connection: &mut PgConnection,
    (partition, tenant): (i16, Uuid),
    most: i64,
) -> sqlx::Result<u64> {
    // Most tenants have so few records that counting them is not needed.
    let few = most.checked_div(SHOWN_TOGETHER_MAX).unwrap_or(most);
    let too_many: i64 = query_scalar(
        "select case when exists (select
                                    from read_audit as r
                                   where r.partition = $1 and r.tenant_id = $2
                                   order by r.read_at, r.id
                                  offset $4
                                   limit 1)
                     then (select count(*)
                             from (select sum(1 + cardinality(r.customers))
                                          over (order by r.read_at desc, r.id desc) as total
                                     from read_audit as r
                                    where r.partition = $1 and r.tenant_id = $2) as w
                            where w.total > $3)
                     else 0 end",
    )
    .bind(partition)
    .bind(tenant)
    .bind(most)
    .bind(few)
    .fetch_one(&mut *connection)
    .await?;
    let (mut left, mut trimmed) = (too_many, 0_u64);
    while left > 0 {
        let gone: i64 = query_scalar("select trim_reads($1, $2, $3)")
            .bind(partition)
            .bind(tenant)
            .bind(i32::try_from(left).unwrap_or(i32::MAX).min(PURGED_TOGETHER))
            .fetch_one(&mut *connection)
            .await?;
        if gone == 0 {
            break;
        }
        left = left.saturating_sub(gone);
        trimmed = trimmed.saturating_add(gone.unsigned_abs());
    }
    Ok(trimmed)
}
