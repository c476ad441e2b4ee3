//! Roots and audit paths from some nodes of a tree.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "what is divided are ranges of leaves, each within the one before it"
)]

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::log::tree::growing::node_hash;
use crate::model::Hash;

/// Nodes by height and index.
pub(crate) type Nodes = HashMap<(u8, u64), Hash>;

/// The root over a range of leaves that begins with a perfect subtree; nothing if nodes are
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

/// The audit path of leaf `index` in a tree of `size` leaves, from below (RFC 6962, section 2.1.1).
/// Nothing if nodes are missing or there is no such leaf.
pub(crate) fn path(nodes: &Nodes, index: u64, size: u64) -> Option<Vec<Hash>> {
    let mut path: Vec<_> = node_path(index, size)?
        .into_iter()
        .map(|leaves| root(nodes, leaves))
        .collect::<Option<_>>()?;
    path.reverse();
    Some(path)
}

/// The leaves under each hash of an audit path, from above; nothing if there is no such leaf.
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

/// The root that `path` leads to from leaf `index` of `size`; nothing if the path has the wrong
/// length.
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

/// The number of leaves on the left: the largest power of two below `count`. Nothing if there is
/// nothing to divide.
fn left_of(count: u64) -> Option<u64> {
    (count > 1).then(|| 1 << (count - 1).ilog2())
}
