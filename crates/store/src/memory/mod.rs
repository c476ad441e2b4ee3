//! Documents of customers that were read by id, in bounded memory.
//!
//! For each partition there is a mark, and each document is the customer's as of that mark. So a document is current
//! if the partition's head, read from the database after the read began, is that mark. The mark moves only
//! together with the documents: with the events between two marks, whose customers are dropped, or with a commit
//! of this process that was decided on the mark. In doubt a partition is forgotten.

mod partition;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use self::partition::{Comparison, Key};
use self::partition::{PartitionMemory, Welcome};
use crate::model::{Document, Mark};
use crate::partition::Partition;

/// The approximate size of an entry besides its document, in bytes.
const ENTRY_BYTES: usize = 384;

/// The documents of all partitions.
pub(crate) struct ReadMemory {
    bytes_max: usize,
    /// Bytes of all documents, including those that are about to be inserted.
    bytes: AtomicUsize,
    shards: Vec<Shard>,
}

#[derive(Default)]
struct Shard {
    memory: Mutex<PartitionMemory>,
    /// Bytes of its documents.
    bytes: AtomicUsize,
}

impl ReadMemory {
    /// A memory for at most `bytes_max` bytes. With 0 it remembers nothing.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let shards = Partition::all().map(|_| Shard::default()).collect();
        Self { bytes_max, bytes: AtomicUsize::new(0), shards }
    }

    /// The document of a customer, and the mark as of which it is.
    pub(crate) fn recall(&self, partition: Partition, key: &Key) -> Option<(Mark, Document)> {
        let mut memory = self.shard(partition)?.memory();
        Some((memory.applied?, memory.get(key)?))
    }

    /// The document of a customer as of `head`.
    pub(crate) fn at(&self, partition: Partition, head: &Mark, key: &Key) -> Option<Document> {
        let mut memory = self.shard(partition)?.memory();
        if memory.applied == Some(*head) { memory.get(key) } else { None }
    }

    /// Compares a partition with its head, which was read after the memory was at one of the marks `before`.
    ///
    /// If it is still there, and the head isn't on the way from it, the partition is forgotten: a database was restored,
    /// or states were rebuilt.
    pub(crate) fn compare<'a>(
        &self,
        partition: Partition,
        head: &Mark,
        mut before: impl Iterator<Item = &'a Mark>,
    ) -> Comparison {
        let Some(shard) = self.shard(partition) else { return Comparison::Unusable };
        let mut memory = shard.memory();
        let compared = memory.compare(head);
        if compared == Comparison::Unusable && before.any(|mark| memory.applied == Some(*mark)) {
            self.forget_all(shard, &mut memory);
        }
        compared
    }

    /// Moves a partition from one mark to another, if it is still there. `touched` are the customers of the events between.
    pub(crate) fn advance(&self, partition: Partition, from: &Mark, to: &Mark, touched: &[Key]) {
        let Some(shard) = self.shard(partition) else { return };
        let mut memory = shard.memory();
        if memory.applied != Some(*from) {
            return;
        }
        memory.applied = Some(*to);
        let freed = touched.iter().filter_map(|key| memory.remove(key)).sum();
        self.free(shard, freed);
    }

    /// Forgets a partition, if it is still at this mark.
    pub(crate) fn forget(&self, partition: Partition, at: &Mark) {
        let Some(shard) = self.shard(partition) else { return };
        let mut memory = shard.memory();
        if memory.applied == Some(*at) {
            self.forget_all(shard, &mut memory);
        }
    }

    /// Keeps documents that were read together with the head `snapshot`. If the memory is behind, it keeps nothing and
    /// returns its mark: with the events since then it could be moved.
    pub(crate) fn keep(
        &self,
        partition: Partition,
        snapshot: &Mark,
        documents: impl IntoIterator<Item = (Key, Document)>,
    ) -> Option<Mark> {
        if self.bytes_max == 0 {
            return None;
        }
        let shard = self.shard(partition)?;
        {
            let mut memory = shard.memory();
            match memory.welcome(snapshot) {
                Welcome::Here => {}
                Welcome::Anew => {
                    self.forget_all(shard, &mut memory);
                    memory.applied = Some(*snapshot);
                }
                Welcome::After(behind) => return Some(behind),
                Welcome::Refused => return None,
            }
        }
        for (key, document) in documents {
            self.insert(shard, snapshot, key, document);
        }
        None
    }

    /// Moves a partition over a commit of this process, if it is at the head that the commit was decided on. Documents
    /// of changed customers are replaced; customers that nobody reads stay unknown.
    pub(crate) fn committed(
        &self,
        partition: Partition,
        (base, head): (&Mark, &Mark),
        changed: impl Iterator<Item = Key>,
        document: impl Fn(usize) -> Option<Document>,
    ) {
        let Some(shard) = self.shard(partition) else { return };
        let replaced: Vec<_> = {
            let mut memory = shard.memory();
            if memory.applied != Some(*base) {
                return;
            }
            memory.applied = Some(*head);
            let mut freed: usize = 0;
            let replaced = changed
                .enumerate()
                .filter(|(_, key)| {
                    let removed = memory.remove(key);
                    freed = freed.saturating_add(removed.unwrap_or_default());
                    removed.is_some()
                })
                .collect();
            self.free(shard, freed);
            replaced
        };
        for (nth, key) in replaced {
            if let Some(document) = document(nth) {
                self.insert(shard, head, key, document);
            }
        }
    }

    /// Inserts a document as of `mark`, if the partition is still there and there is room.
    fn insert(&self, shard: &Shard, mark: &Mark, key: Key, document: Document) {
        let size = document.json.len().saturating_add(ENTRY_BYTES);
        if !self.reserve(size) {
            return;
        }
        let mut memory = shard.memory();
        if memory.applied == Some(*mark) {
            shard.bytes.fetch_add(size, Ordering::Relaxed);
            let replaced = memory.insert(key, document, size).unwrap_or_default();
            self.free(shard, replaced);
        } else {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
        }
    }

    /// Reserves bytes for a document. Gives up the least recently used ones of the largest partition until it fits.
    fn reserve(&self, size: usize) -> bool {
        if size > self.bytes_max {
            return false;
        }
        self.bytes.fetch_add(size, Ordering::Relaxed);
        while self.bytes.load(Ordering::Relaxed) > self.bytes_max {
            let bytes = |shard: &&Shard| shard.bytes.load(Ordering::Relaxed);
            let Some(largest) = self.shards.iter().max_by_key(bytes) else { break };
            let mut memory = largest.memory();
            let Some(freed) = memory.remove_oldest() else {
                // Others have reserved the rest.
                self.bytes.fetch_sub(size, Ordering::Relaxed);
                return false;
            };
            self.free(largest, freed);
        }
        true
    }

    /// Forgets all documents of a partition.
    fn forget_all(&self, shard: &Shard, memory: &mut PartitionMemory) {
        let forgotten = std::mem::take(memory);
        self.free(shard, forgotten.bytes());
    }

    /// Counts bytes of a partition as free. Its lock is held.
    fn free(&self, shard: &Shard, bytes: usize) {
        shard.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn shard(&self, partition: Partition) -> Option<&Shard> {
        self.shards.get(partition.index())
    }
}

impl Shard {
    fn memory(&self) -> MutexGuard<'_, PartitionMemory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
