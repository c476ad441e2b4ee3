//! Recomputing the chain of a partition.

use futures::TryStreamExt as _;
use sqlx::{PgConnection, query_as};

use super::{Hash, Link, StoredEvent};
use crate::error::StoreError;
use crate::partition::Partition;

/// What recomputing a partition's chain found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verified {
    /// Every event is as it was written, up to the head.
    Intact {
        /// How many events there are.
        events: i64,
        /// The head's hash.
        hash: Hash,
    },
    /// The chain breaks.
    Broken {
        /// The first position where what is stored isn't what was written.
        position: i64,
        /// What is wrong there.
        why: &'static str,
    },
}

/// Recomputes the chain of `partition` from its first event to its head.
///
/// Head and events are read in one snapshot, so that writers may go on meanwhile.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_partition(
    connection: &mut PgConnection,
    partition: Partition,
) -> Result<Verified, StoreError> {
    use sqlx::Connection as _;
    let mut snapshot =
        connection.begin_with("begin isolation level repeatable read read only").await?;
    sqlx::query("set local statement_timeout = 0").execute(&mut *snapshot).await?;
    let (head, head_hash): (i64, Vec<u8>) =
        query_as("select position, hash from log_heads where partition = $1")
            .bind(partition.number())
            .fetch_one(&mut *snapshot)
            .await?;
    let mut events = query_as::<_, StoredEvent>(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events
          where partition = $1
          order by position",
    )
    .bind(partition.number())
    .fetch(&mut *snapshot);

    let (mut position, mut hash) = (0, Hash::default());
    while let Some(event) = events.try_next().await? {
        if event.position != position + 1 {
            return Ok(Verified::Broken { position: position + 1, why: "the event is missing" });
        }
        position = event.position;
        hash = Link::from(&event).hash(&hash);
        if event.hash != hash {
            return Ok(Verified::Broken { position, why: "the event isn't the one written" });
        }
    }
    drop(events);
    snapshot.rollback().await?;
    if position != head || head_hash != hash {
        return Ok(Verified::Broken {
            position: head,
            why: "the log ends elsewhere than its head",
        });
    }
    Ok(Verified::Intact { events: position, hash })
}
