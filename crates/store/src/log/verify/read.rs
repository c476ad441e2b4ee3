//! Reads a partition from its first event to its head.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection, query, query_as};

use super::damage::{Damage, Kind, Whose};
use super::findings::Findings;
use super::imports::Imports;
use super::streams::Streams;
use crate::error::StoreError;
use crate::log::chain::Link;
use crate::log::event::StoredEvent;
use crate::log::head::TreeHead;
use crate::log::tree::STRIDE;
use crate::model::Hash;
use crate::partition::Partition;

/// The stored head: position, hash and time.
type Head = (i64, Vec<u8>, DateTime<Utc>);

impl Findings {
    /// Reads a partition in its own snapshot. Calls `read` with the number of events read.
    pub(super) async fn read(
        &mut self,
        connection: &mut PgConnection,
        partition: Partition,
        kept: &[TreeHead],
        read: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let begin = "begin isolation level repeatable read read only";
        let mut snapshot = connection.begin_with(begin).await?;
        query("set local statement_timeout = 0").execute(&mut *snapshot).await?;
        self.read_snapshot(&mut snapshot, partition, kept, read).await?;
        Ok(snapshot.rollback().await?)
    }

    pub(super) async fn read_snapshot(
        &mut self,
        snapshot: &mut PgConnection,
        partition: Partition,
        kept: &[TreeHead],
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

    /// Checks the next event.
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
        // An event after a gap can't be verified: the hash before it is missing. An event after an
        // edited hash follows the original one.
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

    /// Compares the end of the events with the head.
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

    /// Compares the stored tree with the one over the events.
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
                // A forged row may have any number.
                let height = u32::try_from(height).unwrap_or(u32::MAX);
                let position = nth.saturating_add(1).checked_shl(height).unwrap_or(i64::MAX);
                let partition = partition.number();
                self.push(Damage { partition, position, whose: None, kind: Kind::Tree });
            }
        }
        Ok(())
    }
}

/// Perfect subtrees of the stored heights, by height and index.
type Made = HashMap<(i16, i64), Hash>;

/// The kept heads of a partition, shortest first.
struct Promises<'a> {
    kept: &'a [&'a TreeHead],
    /// The position up to which the log matches the kept heads.
    held: i64,
}

impl Promises<'_> {
    /// Compares the kept heads up to `position` with the log up to there.
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

    /// The remaining heads have more events than the log.
    fn check_rest(&mut self, found: &mut Findings, partition: Partition) {
        for head in self.kept {
            let kind = Kind::CutOff { size: head.size };
            let (partition, position) = (partition.number(), found.last.saturating_add(1));
            found.push(Damage { partition, position, whose: None, kind });
        }
    }
}
