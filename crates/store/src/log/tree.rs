//! The Merkle tree of RFC 6962 over a partition's log: leaf `n` is the chain's hash at position `n + 1`.

mod growing;
mod kept;
mod nodes;

pub(crate) use growing::STRIDE;
pub use growing::{Tree, leaf_hash, node_hash};
pub use kept::{extend, head, proof, proof_at};
pub use nodes::inclusion_root;

#[cfg(test)]
mod tests;
