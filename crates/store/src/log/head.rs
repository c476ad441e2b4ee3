//! The head of a partition: its length and the root of the tree over it.

use crate::model::Hash;
use crate::partition::Partition;

/// The length of a partition and the root of its tree, as it was at some time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TreeHead {
    /// The partition.
    pub partition: Partition,
    /// The number of events.
    pub size: i64,
    /// The root of the tree.
    pub root: Hash,
}
