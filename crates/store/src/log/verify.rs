//! Whether a partition is as it was written: its chain, its streams, its head and its tree.

mod damage;
mod imports;
mod moved;
mod streams;
mod whole;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection, query, query_as};

use super::tree::{STRIDE, Tree};
use super::{Hash, Link, StoredEvent};
use crate::error::StoreError;
use crate::partition::Partition;

pub use damage::{Damage, Kind, Whose};
use imports::Imports;
use moved::{Hole, Stranger};
use streams::Streams;
pub use whole::{Checked, VERIFIERS_MAX, verify_log};

/// What is listed of a partition's damage, at most.
pub const LISTED_MAX: usize = 20;

/// What was found in a partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// How many events are there.
    pub events: i64,
    /// The last one's hash; zeros when there is none.
    pub hash: Hash,
    /// The root of the tree over them.
    pub root: Hash,
    /// What is wrong, by position, up to [`LISTED_MAX`]; nothing when all is as it was written.
    pub listed: Vec<Damage>,
    /// How much is wrong.
    pub damaged: u64,
}

impl Verified {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damaged == 0
    }
}

/// How long a partition was and the root of the tree over it, as somebody kept it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeptHead {
    /// The partition.
    pub partition: Partition,
    /// How many events it had.
    pub size: i64,
    /// The root over them.
    pub root: Hash,
}

/// Verifies `partition` from its first event to its head, and that it extends the heads that were
/// `kept` of it.
///
/// All is read in one snapshot, so that writers may go on meanwhile.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn verify_partition(
    connection: &mut PgConnection,
    partition: Partition,
    kept: &[KeptHead],
) -> Result<Verified, StoreError> {
    let mut found = Findings::default();
    found.read(connection, partition, kept, |_| {}).await?;
    moved::recognise(std::slice::from_mut(&mut found));
    Ok(found.verified())
}

/// The same of several partitions in a snapshot that the caller has begun: then it is also seen what
/// was moved from one of them to another.
///
/// # Errors
///
/// Those of [`verify_partition`].
pub async fn verify_snapshot(
    snapshot: &mut PgConnection,
    partitions: &[Partition],
    kept: &[KeptHead],
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

/// The end of a partition's log as the service keeps it: position, hash and time.
type Head = (i64, Vec<u8>, DateTime<Utc>);

/// What reading a partition finds, and what is needed to say more of it.
#[derive(Debug, Default)]
struct Findings {
    last: i64,
    /// The hash that is stored with the last event.
    hash: Hash,
    /// The hash that its content has after the one before.
    computed: Hash,
    tree: Tree,
    listed: Vec<Damage>,
    damaged: u64,
    /// Places whose event isn't there.
    holes: Vec<Hole>,
    /// Events that don't belong where they are.
    strangers: Vec<Stranger>,
}

impl Findings {
    /// Reads a partition in a snapshot of its own. `read` is told how many more events were read.
    async fn read(
        &mut self,
        connection: &mut PgConnection,
        partition: Partition,
        kept: &[KeptHead],
        read: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let begin = "begin isolation level repeatable read read only";
        let mut snapshot = connection.begin_with(begin).await?;
        query("set local statement_timeout = 0").execute(&mut *snapshot).await?;
        self.read_snapshot(&mut snapshot, partition, kept, read).await?;
        Ok(snapshot.rollback().await?)
    }

    async fn read_snapshot(
        &mut self,
        snapshot: &mut PgConnection,
        partition: Partition,
        kept: &[KeptHead],
        mut read: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let head: Option<Head> =
            query_as("select position, hash, recorded_at from log_heads where partition = $1")
                .bind(partition.number())
                .fetch_optional(&mut *snapshot)
                .await?;
        let mut imports = Imports::read(&mut *snapshot, partition).await?;
        let mut kept: Vec<_> = kept.iter().filter(|kept| kept.partition == partition).collect();
        kept.sort_by_key(|kept| kept.size);
        let mut kept = Promises { kept: &kept, held: 0 };
        let (mut streams, mut made) = (Streams::default(), HashMap::new());
        let end = head.as_ref().map_or(i64::MAX, |(position, ..)| *position);
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
        kept.check(self, partition, 0);
        while let Some(event) = events.try_next().await? {
            if let Some(kind) = imports.next(&event) {
                let (whose, position) = (Some(Whose::event(&event)), event.position);
                self.push(Damage { partition: partition.number(), position, whose, kind });
            }
            self.event(event, end, &mut streams, &mut made);
            kept.check(self, partition, self.last);
            read(1);
        }
        drop(events);
        kept.check_rest(self, partition);
        for (position, tenant) in imports.rest() {
            let whose = Some(Whose { tenant, customer: None, version: 1 });
            let partition = partition.number();
            self.push(Damage { partition, position, whose, kind: Kind::ImportRecord });
        }
        self.end(partition, head.as_ref(), imports.latest());
        streams.compare(snapshot, partition, self).await?;
        self.compare_tree(snapshot, partition, &made).await
    }

    /// Looks at the next event.
    fn event(&mut self, event: StoredEvent, end: i64, streams: &mut Streams, made: &mut Made) {
        let (partition, position) = (event.partition, event.position);
        let whose = Some(Whose::event(&event));
        let due = self.last.saturating_add(1);
        let gap = position != due;
        if gap {
            let kind = Kind::Missing { until: position.saturating_sub(1) };
            self.push(Damage { partition, position: due, whose: None, kind });
            self.hole(partition, due, None);
        }
        let link = Link::from(&event);
        let expected = link.hash(&self.hash);
        // What comes after a gap can't be checked: the hash before it is gone. What comes after a hash
        // that was edited follows the one that was written.
        let same = gap || event.hash == expected || event.hash == link.hash(&self.computed);
        let stored: Hash = event.hash.as_slice().try_into().unwrap_or_default();
        if position > end {
            self.push(Damage { partition, position, whose, kind: Kind::BeyondHead });
        }
        if !same {
            self.hole(partition, position, Some(stored));
            self.push(Damage { partition, position, whose, kind: Kind::Edited });
        }
        if let Some(kind) = streams.next(&event) {
            self.push(Damage { partition, position, whose, kind });
        }
        let before = std::mem::replace(&mut self.hash, stored);
        self.computed = expected;
        if !same {
            self.stranger(event, before);
        }
        self.last = position;
        self.tree.push(&self.hash, |height, hash| {
            if height.is_multiple_of(STRIDE) {
                made.insert((i16::from(height), position.saturating_sub(1) >> height), hash);
            }
        });
    }

    /// Compares where the events end with the head.
    fn end(&mut self, partition: Partition, head: Option<&Head>, latest: DateTime<Utc>) {
        let (partition, position) = (partition.number(), self.last);
        let (at, kind) = match head {
            None => (position, Kind::HeadMissing),
            Some((end, ..)) if *end > position => {
                let due = position.saturating_add(1);
                self.hole(partition, due, None);
                (due, Kind::Missing { until: *end })
            }
            Some((end, hash, recorded_at))
                if *end == position && (*hash != self.hash || *recorded_at != latest) =>
            {
                (position, Kind::HeadDiffers)
            }
            Some(_) => return,
        };
        self.push(Damage { partition, position: at, whose: None, kind });
    }

    /// Compares the tree that heads are made from with the one over the events.
    async fn compare_tree(
        &mut self,
        snapshot: &mut PgConnection,
        partition: Partition,
        made: &Made,
    ) -> Result<(), StoreError> {
        let mut kept = query_as::<_, (i16, i64, Vec<u8>)>(
            "select height, nth, hash from log_tree where partition = $1 order by height, nth",
        )
        .bind(partition.number())
        .fetch(snapshot);
        while let Some((height, nth, hash)) = kept.try_next().await? {
            if made.get(&(height, nth)).is_none_or(|made| hash != made) {
                // Whoever puts a row there may put any number there.
                let height = u32::try_from(height).unwrap_or(u32::MAX);
                let position = nth.saturating_add(1).checked_shl(height).unwrap_or(i64::MAX);
                let partition = partition.number();
                self.push(Damage { partition, position, whose: None, kind: Kind::Tree });
            }
        }
        Ok(())
    }

    fn push(&mut self, damage: Damage) {
        self.damaged = self.damaged.saturating_add(1);
        if self.listed.len() < LISTED_MAX {
            self.listed.push(damage);
        }
    }

    fn verified(mut self) -> Verified {
        self.listed.sort_by_key(|damage| damage.position);
        let (events, hash, root) = (self.last, self.hash, self.tree.root());
        Verified { events, hash, root, listed: self.listed, damaged: self.damaged }
    }
}

/// Perfect subtrees of the heights that are kept, by height and how many of that are before.
type Made = HashMap<(i16, i64), Hash>;

/// The heads that somebody kept of a partition, shortest first.
struct Promises<'a> {
    kept: &'a [&'a KeptHead],
    /// Up to where the log is the one of such a head.
    held: i64,
}

impl Promises<'_> {
    /// Compares the heads of a log that ends at `position` with the log up to there.
    fn check(&mut self, found: &mut Findings, partition: Partition, position: i64) {
        while let Some((head, rest)) = self.kept.split_first()
            && head.size <= position
        {
            self.kept = rest;
            if head.size == position && head.root == found.tree.root() {
                self.held = position;
                continue;
            }
            let (partition, position) = (partition.number(), head.size);
            let kind = Kind::Rewritten { after: self.held };
            found.push(Damage { partition, position, whose: None, kind });
        }
    }

    /// The heads that remain are of a longer log.
    fn check_rest(&mut self, found: &mut Findings, partition: Partition) {
        for head in self.kept {
            let kind = Kind::CutOff { size: head.size };
            let (partition, position) = (partition.number(), found.last.saturating_add(1));
            found.push(Damage { partition, position, whose: None, kind });
        }
    }
}
