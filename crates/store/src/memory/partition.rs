//! The documents of one partition.

use domain::{CustomerId, TenantId};
use hashlink::LruCache;

use crate::model::{Document, Mark};

/// A customer. Row-level security does not guard this memory, so the tenant is part of every key.
pub(crate) type Key = (TenantId, CustomerId);

/// With more missed events than this, a partition is forgotten.
pub(super) const MISSED_MAX: i64 = 1_000;
/// After so many reads that were not kept because they seemed older than the memory, the memory begins anew: the
/// database was restored to an earlier state.
const REFUSED_MAX: u32 = 16;

/// How a partition's memory compares with a head.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    /// It is at the head.
    Equal,
    /// It is at this mark. The events since then are to be read.
    Behind(Mark),
    /// Nothing can be said with it.
    Unusable,
}

/// The documents of one partition, all as of the same mark.
pub(super) struct PartitionMemory {
    /// The mark; nothing before the first read.
    pub(super) applied: Option<Mark>,
    kept: LruCache<Key, (Document, usize)>,
    refused: u32,
}

/// What happens to documents that were read with a head.
pub(super) enum Welcome {
    /// They are kept.
    Here,
    /// They are kept, and all others are forgotten.
    Anew,
    /// They can be kept once the memory has moved on from this mark.
    After(Mark),
    /// They are not kept.
    Refused,
}

impl Default for PartitionMemory {
    fn default() -> Self {
        Self { applied: None, kept: LruCache::new_unbounded(), refused: 0 }
    }
}

impl PartitionMemory {
    pub(super) fn get(&mut self, key: &Key) -> Option<Document> {
        self.kept.get(key).map(|(document, _)| document.clone())
    }

    /// Inserts a document, and returns the size of the replaced one.
    pub(super) fn insert(&mut self, key: Key, document: Document, size: usize) -> Option<usize> {
        self.kept.insert(key, (document, size)).map(|(_, size)| size)
    }

    /// Removes a document, and returns its size.
    pub(super) fn remove(&mut self, key: &Key) -> Option<usize> {
        self.kept.remove(key).map(|(_, size)| size)
    }

    /// Removes the least recently used document, and returns its size.
    pub(super) fn remove_oldest(&mut self) -> Option<usize> {
        self.kept.remove_lru().map(|(_, (_, size))| size)
    }

    /// The sizes of all documents.
    pub(super) fn bytes(&self) -> usize {
        self.kept.iter().map(|(_, (_, size))| size).sum()
    }

    /// Compares the mark with a head.
    pub(super) fn compare(&self, head: &Mark) -> Comparison {
        match self.applied {
            Some(applied) if applied == *head => Comparison::Equal,
            Some(applied) if follows(head, &applied) => Comparison::Behind(applied),
            Some(_) | None => Comparison::Unusable,
        }
    }

    /// What happens to documents that were read with the head `snapshot`.
    ///
    /// To begin anew at a snapshot is always correct, because the next head decides. It only costs the other documents.
    pub(super) fn welcome(&mut self, snapshot: &Mark) -> Welcome {
        let Some(applied) = self.applied else { return Welcome::Anew };
        if applied == *snapshot {
            self.refused = 0;
            return Welcome::Here;
        }
        if self.kept.is_empty() {
            return Welcome::Anew;
        }
        if follows(snapshot, &applied) {
            return Welcome::After(applied);
        }
        let later = (snapshot.fence, snapshot.position) > (applied.fence, applied.position);
        self.refused = self.refused.saturating_add(1);
        if later || self.refused >= REFUSED_MAX { Welcome::Anew } else { Welcome::Refused }
    }
}

/// Whether a mark may be a few events after another one.
fn follows(later: &Mark, earlier: &Mark) -> bool {
    let events = later.position.saturating_sub(earlier.position);
    later.fence == earlier.fence && (1..=MISSED_MAX).contains(&events)
}
