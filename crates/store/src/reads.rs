//! Noting who read what, before it is answered: many notes in one commit. And deleting old notes.

mod behind;
mod recorded;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) use self::behind::Behind;
pub use self::recorded::Who;
use crate::connect::open;
use crate::connections::in_time;
use crate::error::StoreError;
use crate::writer::submission::TenantRef;

/// Notes in one commit, at most.
const BATCH_MAX: usize = 256;
/// Tenants whose old notes are looked for at a time.
const TENANTS_TOGETHER: i64 = 100;
/// Notes deleted in one commit, at most; each may be of as many customers as a page shows.
const PURGED_TOGETHER: i32 = 500;
/// What one record counts for at most: itself, and as many customers as one answer shows.
const SHOWN_TOGETHER_MAX: i64 = 1_001;
/// Notes that may wait.
const WAITING_MAX: usize = 1_024;

/// An answer that is about to show personal data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Read {
    /// Its id, by which it is noted once.
    pub id: Uuid,
    /// Whose data.
    pub tenant: TenantRef,
    /// The public part of the key that asks.
    pub api_key: String,
    /// On whose behalf.
    pub actor: Option<String>,
    /// The route, as it is written in the documents.
    pub route: String,
    /// The request; empty when this stands for all of an hour.
    pub request_id: String,
    /// The customers that are shown, each once.
    pub customers: Vec<Uuid>,
}

/// A note, and who waits for it.
type Noting = (Read, oneshot::Sender<Result<(), StoreError>>);

/// Stores notes. While one commit is under way, the next notes gather for another.
pub(crate) struct Reads {
    waiting: mpsc::Sender<Noting>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Reads {
    /// Starts storing over a connection with these options, made when it is needed.
    pub(crate) fn start(options: PgConnectOptions) -> Self {
        let (waiting, notes) = mpsc::channel(WAITING_MAX);
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(store_all(options, notes, stopping));
        Self { waiting, stop, task: Mutex::new(Some(task)) }
    }

    /// Notes a read, and returns when that is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it may not be stored, [`StoreError::Stopping`] when it isn't.
    pub(crate) async fn note(&self, read: Read) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.waiting.send((read, reply)).await.map_err(|_| StoreError::Stopping)?;
        answer.await.map_err(|_| StoreError::Stopping)?
    }

    /// Takes no more notes, and returns when those that were taken are stored.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            // It ends by itself; should it have panicked, that was told.
            let _ = task.await;
        }
    }
}

async fn store_all(
    options: PgConnectOptions,
    mut notes: mpsc::Receiver<Noting>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(BATCH_MAX);
    loop {
        let taken = tokio::select! {
            taken = notes.recv_many(&mut batch, BATCH_MAX) => taken,
            _ = stopping.wait_for(|stop| *stop), if !notes.is_closed() => {
                notes.close();
                continue;
            }
        };
        if taken == 0 {
            return;
        }
        let (reads, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let stored = insist(&options, &mut connection, &reads).await;
        for reply in replies {
            // Who no longer waits has answered nothing, either.
            let _ = reply.send(stored.as_ref().map_err(again).copied());
        }
    }
}

/// Stores a batch; once more over a new connection, if the one at hand has gone since it was used.
async fn insist(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    reads: &[Read],
) -> Result<(), StoreError> {
    let was_idle = connection.is_some();
    match attempt(options, connection, reads).await {
        Err(StoreError::Unavailable(_)) if was_idle => attempt(options, connection, reads).await,
        stored => stored,
    }
}

async fn attempt(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    reads: &[Read],
) -> Result<(), StoreError> {
    let mut connected = match connection.take() {
        Some(connected) => connected,
        None => open(options).await?,
    };
    in_time(store(&mut connected, reads)).await?;
    // One on which anything failed isn't kept.
    *connection = Some(connected);
    Ok(())
}

/// Stores notes; one that is there already stays as it is.
async fn store(connection: &mut PgConnection, reads: &[Read]) -> sqlx::Result<()> {
    let mut shown: Vec<(i64, Uuid)> = Vec::new();
    for (nth, read) in (1..).zip(reads) {
        shown.extend(read.customers.iter().map(|customer| (nth, *customer)));
    }
    let (places, customers): (Vec<i64>, Vec<Uuid>) = shown.into_iter().unzip();
    let mut transaction = connection.begin().await?;
    query(
        "with noted as (
              insert into read_audit (partition, tenant_id, id, api_key, actor, route, request_id,
                                      customers)
              select r.partition, r.tenant_id, r.id, r.api_key, r.actor, r.route, r.request_id,
                     array(select c.customer_id
                             from unnest($8::bigint[], $9::uuid[]) as c(nth, customer_id)
                            where c.nth = r.nth)
                from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
                            $6::text[], $7::text[])
                     with ordinality
                     as r(partition, tenant_id, id, api_key, actor, route, request_id, nth)
                  on conflict on constraint read_audit_pkey do nothing
              returning partition, tenant_id, id, customers)
         insert into read_audit_customers (partition, tenant_id, customer_id, id)
         select n.partition, n.tenant_id, c.customer_id, n.id
           from noted as n
          cross join lateral unnest(n.customers) as c(customer_id)",
    )
    .bind(reads.iter().map(|read| read.tenant.partition.number()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.tenant.id.0).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.id).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.api_key.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.actor.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.route.clone()).collect::<Vec<_>>())
    .bind(reads.iter().map(|read| read.request_id.clone()).collect::<Vec<_>>())
    .bind(places)
    .bind(customers)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// The same failure, for each of those who wait.
fn again(error: &StoreError) -> StoreError {
    if let StoreError::Unavailable(outage) = error {
        let why = "the statement that recorded it failed";
        return StoreError::Unavailable(outage.for_another(why));
    }
    StoreError::unreadable("a note of a read", error.to_string())
}

/// Up to [`TENANTS_TOGETHER`] tenants of whose reads there are notes older than so many days.
pub(crate) async fn with_old_notes(
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

/// Deletes the oldest [`PURGED_TOGETHER`] of a tenant's notes that are older than so many days, and says
/// how many there were.
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

/// Deletes the oldest of a tenant's records until records and customers in them together are not more than
/// `most`, and says how many records there were.
pub(crate) async fn trim(
    connection: &mut PgConnection,
    (partition, tenant): (i16, Uuid),
    most: i64,
) -> sqlx::Result<u64> {
    // Most tenants have so few records that nobody need look into them.
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
