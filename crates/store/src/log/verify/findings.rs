//! The findings in a partition.

use super::damage::Damage;
use crate::log::event::StoredEvent;
use crate::log::tree::Tree;
use crate::model::Hash;

/// The maximum of holes and strangers per partition. Each hole is tried with each stranger.
const TRIED_MAX: usize = 24;

/// The maximum of damage listed per partition.
pub const LISTED_MAX: usize = 20;

/// The result of verifying a partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// The number of events.
    pub events: i64,
    /// The last event's hash; zeros if there is none.
    pub hash: Hash,
    /// The root of the tree.
    pub root: Hash,
    /// The damage by position, up to [`LISTED_MAX`]; empty if the partition is intact.
    pub listed: Vec<Damage>,
    /// The number of damaged places.
    pub damaged: u64,
}

impl Verified {
    /// Whether the partition is intact.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damaged == 0
    }
}

/// The findings while reading a partition, and the data to classify them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) last: i64,
    /// The stored hash of the last event.
    pub(super) hash: Hash,
    /// The hash computed from its content and the hash before.
    pub(super) computed: Hash,
    pub(super) tree: Tree,
    pub(super) listed: Vec<Damage>,
    pub(super) damaged: u64,
    /// Positions with a missing event.
    pub(super) holes: Vec<Hole>,
    /// Events at a wrong position.
    pub(super) strangers: Vec<Stranger>,
}

/// A position with a missing event.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) partition: i16,
    pub(super) position: i64,
    /// The chain's hash before it.
    pub(super) before: Hash,
    /// The hash stored there, if any.
    pub(super) hash: Option<Hash>,
}

/// An event at a wrong position.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) event: StoredEvent,
    /// The hash of the event before it.
    pub(super) before: Hash,
}

impl Findings {
    /// Adds a position where another event should be.
    pub(super) fn hole(&mut self, partition: i16, position: i64, hash: Option<Hash>) {
        if self.holes.len() < TRIED_MAX {
            self.holes.push(Hole { partition, position, before: self.hash, hash });
        }
    }

    /// Adds an event that does not belong where it is.
    pub(super) fn stranger(&mut self, event: StoredEvent, before: Hash) {
        if self.strangers.len() < TRIED_MAX {
            self.strangers.push(Stranger { event, before });
        }
    }

    pub(super) fn push(&mut self, damage: Damage) {
        self.damaged = self.damaged.saturating_add(1);
        if self.listed.len() < LISTED_MAX {
            self.listed.push(damage);
        }
    }

    pub(super) fn verified(mut self) -> Verified {
        self.listed.sort_by_key(|damage| damage.position);
        let (events, hash, root) = (self.last, self.hash, self.tree.root());
        Verified { events, hash, root, listed: self.listed, damaged: self.damaged }
    }
}
