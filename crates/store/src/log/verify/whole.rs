//! Verifying all partitions, several at the same time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query_scalar};
use tokio::task::JoinSet;

use super::{Findings, KeptHead, Verified, moved};
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::partition::Partition;

/// Partitions that are verified at the same time, at most; each takes a connection.
pub const VERIFIERS_MAX: u16 = 32;

/// How far verifying has come, in events.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many there were when it began.
    pub total: AtomicU64,
    /// How many were read.
    pub done: AtomicU64,
}

/// Verifies every partition, as [`super::verify_partition`] does, `verifiers` at a time, and says in
/// `checked` how far it is. The answer has all partitions, in order.
///
/// Each is read in a snapshot of its own, and others may write meanwhile.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_log(
    database: &PgConnectOptions,
    verifiers: u16,
    kept: &[KeptHead],
    checked: &Arc<Checked>,
) -> Result<Vec<Verified>, StoreError> {
    // It reads whole tables, and has them planned so.
    let session = as_role(database, Role::Projector).options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("plan_cache_mode", "auto"),
        ("enable_seqscan", "on"),
        ("enable_hashjoin", "on"),
        ("enable_mergejoin", "on"),
    ]);
    let mut connection = open(&session).await?;
    let total: i64 = query_scalar("select coalesce(sum(position), 0)::bigint from log_heads")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    checked.total.store(total.unsigned_abs(), Ordering::Relaxed);

    let waiting = Arc::new(Mutex::new(Partition::all().collect::<Vec<_>>()));
    let mut working = JoinSet::new();
    for _ in 0..verifiers.clamp(1, VERIFIERS_MAX) {
        let (session, kept) = (session.clone(), kept.to_vec());
        let (waiting, checked) = (Arc::clone(&waiting), Arc::clone(checked));
        working.spawn(async move { work(&session, &waiting, &kept, &checked).await });
    }
    let mut found = Vec::new();
    while let Some(ended) = working.join_next().await {
        let ended = ended.map_err(|error| StoreError::unreadable("a partition", error))?;
        found.extend(ended?);
    }
    found.sort_by_key(|(partition, _)| *partition);
    let mut found: Vec<_> = found.into_iter().map(|(_, findings)| findings).collect();
    moved::recognise(&mut found);
    Ok(found.into_iter().map(Findings::verified).collect())
}

/// Verifies partitions until none waits.
async fn work(
    session: &PgConnectOptions,
    waiting: &Mutex<Vec<Partition>>,
    kept: &[KeptHead],
    checked: &Checked,
) -> Result<Vec<(Partition, Findings)>, StoreError> {
    let mut connection = open(session).await?;
    let mut found = Vec::new();
    while let Some(partition) = next(waiting) {
        let mut findings = Findings::default();
        let read = |more| {
            checked.done.fetch_add(more, Ordering::Relaxed);
        };
        findings.read(&mut connection, partition, kept, read).await?;
        found.push((partition, findings));
    }
    connection.close().await?;
    Ok(found)
}

fn next(waiting: &Mutex<Vec<Partition>>) -> Option<Partition> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
}
