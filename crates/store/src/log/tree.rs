//! The Merkle tree of RFC 6962 over a partition's log: leaf `n` is the chain's hash at position `n + 1`.

mod kept;
mod nodes;

use sha2::{Digest as _, Sha256};

use super::Hash;

pub use kept::{extend, head, proof};
pub use nodes::inclusion_root;

/// Heights of which perfect subtrees are kept: multiples of this. Below the first the log itself is
/// read, 256 hashes at most.
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

/// A tree that grows at its right edge: the perfect subtrees that it consists of, largest first.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    subtrees: Vec<(u8, Hash)>,
}

impl Tree {
    /// Adds a leaf. `made` is told of each perfect subtree that it completes, by its height.
    pub fn push(&mut self, leaf: &Hash, made: impl FnMut(u8, Hash)) {
        self.push_subtree(0, leaf_hash(leaf), made);
    }

    /// Adds a perfect subtree, which isn't higher than the last.
    pub(crate) fn push_subtree(&mut self, height: u8, hash: Hash, mut made: impl FnMut(u8, Hash)) {
        let (mut height, mut hash) = (height, hash);
        while let Some((_, left)) = self.subtrees.pop_if(|(last, _)| *last == height) {
            hash = node_hash(&left, &hash);
            height = height.saturating_add(1);
            made(height, hash);
        }
        self.subtrees.push((height, hash));
    }

    /// The root. That of no leaves is the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let from_the_right = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        from_the_right
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}

#[cfg(test)]
mod tests;
