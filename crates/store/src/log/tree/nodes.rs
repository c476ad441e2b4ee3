//! Roots and paths from some of a tree's nodes.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "what is divided are ranges of leaves, each within the one before it"
)]

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::{Hash, node_hash};

/// Nodes of a tree, by height and by how many of that height are before.
pub(crate) type Nodes = HashMap<(u8, u64), Hash>;

/// The root over these leaves, which begin where a perfect subtree does; nothing when nodes are
/// missing.
pub(crate) fn root(nodes: &Nodes, leaves: Range<u64>) -> Option<Hash> {
    let count = leaves.end.checked_sub(leaves.start)?;
    if count == 0 {
        return Some(Sha256::digest([]).into());
    }
    if count.is_power_of_two() {
        let height = u8::try_from(count.trailing_zeros()).ok()?;
        if let Some(node) = nodes.get(&(height, leaves.start >> height)) {
            return Some(*node);
        }
    }
    let middle = leaves.start + left_of(count)?;
    let left = root(nodes, leaves.start..middle)?;
    Some(node_hash(&left, &root(nodes, middle..leaves.end)?))
}

/// The hashes beside the way from leaf `index` up to the root over `size` leaves, from below: the
/// audit path of RFC 6962, section 2.1.1. Nothing when nodes are missing or there is no such leaf.
pub(crate) fn path(nodes: &Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    let mut path: Vec<_> = node_path(index, size)?
        .into_iter()
        .map(|leaves| root(nodes, leaves))
        .collect::<Option<_>>()?;
    path.reverse();
    Some(path)
}

/// The leaves under each hash of an audit path, from above; nothing when there is no such leaf.
fn node_path(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let (mut beside, mut leaves) = (Vec::new(), 0..size);
    while let Some(left) = left_of(leaves.end - leaves.start) {
        let middle = leaves.start + left;
        if index < middle {
            beside.push(middle..leaves.end);
            leaves.end = middle;
        } else {
            beside.push(leaves.start..middle);
            leaves.start = middle;
        }
    }
    Some(beside)
}

/// The root to which `path` leads from the hash of leaf `index` of `size`; nothing when the path is
/// longer or shorter than that.
#[must_use]
pub fn inclusion_root(leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let beside = node_path(index, size)?;
    if beside.len() != path.len() {
        return None;
    }
    let root = beside.iter().rev().zip(path).fold(*leaf, |hash, (leaves, other)| {
        if leaves.start > index { node_hash(&hash, other) } else { node_hash(other, &hash) }
    });
    Some(root)
}

/// How many of `count` leaves are on the left: the largest power of two below it. Nothing when there
/// is nothing to divide.
fn left_of(count: u64) -> Option<u64> {
    (count > 1).then(|| 1 << (count - 1).ilog2())
}
