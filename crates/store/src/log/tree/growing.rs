//! A Merkle tree that grows at its right edge.

use sha2::{Digest as _, Sha256};

use crate::model::Hash;

/// The heights of stored perfect subtrees are multiples of this. Below the first, at most 256
/// hashes are read from the log.
pub(crate) const STRIDE: u8 = 8;

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(leaf: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of the node above two others.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that grows at its right edge: its perfect subtrees, largest first.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    subtrees: Vec<(u8, Hash)>,
}

impl Tree {
    /// Adds a leaf. Calls `made` for each perfect subtree that it completes, with its height.
    pub fn push(&mut self, leaf: &Hash, made: impl FnMut(u8, Hash)) {
        self.push_subtree(0, leaf_hash(leaf), made);
    }

    /// Adds a perfect subtree that is not higher than the last.
    pub(crate) fn push_subtree(&mut self, height: u8, hash: Hash, mut made: impl FnMut(u8, Hash)) {
        let (mut height, mut hash) = (height, hash);
        while let Some((_, left)) = self.subtrees.pop_if(|(last, _)| *last == height) {
            hash = node_hash(&left, &hash);
            height = height.saturating_add(1);
            made(height, hash);
        }
        self.subtrees.push((height, hash));
    }

    /// The root. Without leaves, it is the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let from_the_right = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        from_the_right
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}
