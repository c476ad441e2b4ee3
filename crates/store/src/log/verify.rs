//! Verifies partitions: the chain, the streams, the head and the tree.

mod damage;
mod findings;
mod imports;
mod moved;
mod read;
mod streams;
mod whole;

use sqlx::PgConnection;

use self::findings::Findings;
use super::head::TreeHead;
use crate::error::StoreError;
use crate::partition::Partition;

pub use self::damage::{Damage, Kind, Whose};
pub use self::findings::{LISTED_MAX, Verified};
pub use self::whole::{Checked, VERIFIERS_MAX, verify_log};

/// Verifies `partition` from its first event to its head, and that it extends the `kept` heads.
///
/// Reads one snapshot, so writers may continue.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_partition(
    connection: &mut PgConnection,
    partition: Partition,
    kept: &[TreeHead],
) -> Result<Verified, StoreError> {
    let mut found = Findings::default();
    found.read(connection, partition, kept, |_| {}).await?;
    moved::recognise(std::slice::from_mut(&mut found));
    Ok(found.verified())
}

/// Verifies several partitions in the caller's snapshot. This also finds events moved from one to
/// another.
///
/// # Errors
///
/// Those of [`verify_partition`].
pub async fn verify_snapshot(
    snapshot: &mut PgConnection,
    partitions: &[Partition],
    kept: &[TreeHead],
) -> Result<Vec<Verified>, StoreError> {
    let mut found = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let mut findings = Findings::default();
        findings.read_snapshot(snapshot, *partition, kept, |_| {}).await?;
        found.push(findings);
    }
    moved::recognise(&mut found);
    Ok(found.into_iter().map(Findings::verified).collect())
}
