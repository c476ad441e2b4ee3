//! Verifies all partitions, several at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query_scalar};
use tokio::task::JoinSet;

use super::moved;
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::log::head::TreeHead;
use crate::log::verify::findings::{Findings, Verified};
use crate::partition::Partition;

/// The maximum of partitions verified at a time. Each takes a connection.
pub const VERIFIERS_MAX: u16 = 32;

/// The progress of verifying, in events.
#[derive(Debug, Default)]
pub struct Checked {
    /// The number of events at the start.
    pub total: AtomicU64,
    /// The number of events read.
    pub done: AtomicU64,
}

/// Verifies every partition like [`super::verify_partition`], `verifiers` at a time, and updates
/// `checked`. Returns all partitions, in order.
///
/// Each is read in its own snapshot. Others may write meanwhile.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_log(
    database: &PgConnectOptions,
    verifiers: u16,
    kept: &[TreeHead],
    checked: &Arc<Checked>,
) -> Result<Vec<Verified>, StoreError> {
    // It reads whole tables, so it allows such plans.
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
    kept: &[TreeHead],
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
