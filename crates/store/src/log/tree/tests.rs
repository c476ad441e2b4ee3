use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::nodes::{Nodes, path, root};
use super::*;
use crate::model::Hash;

fn leaf(number: u64) -> Hash {
    Sha256::digest(number.to_be_bytes()).into()
}

/// The definition, word for word: RFC 6962, section 2.1.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let mut left = 1;
            while left * 2 < leaves.len() {
                left *= 2;
            }
            node_hash(&defined(&leaves[..left]), &defined(&leaves[left..]))
        }
    }
}

#[test]
fn the_empty_tree_and_the_empty_leaf_hash_as_the_standard_says() {
    let number = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap());
    let hex = |hash: Hash| format!("{:032x}{:032x}", number(&hash[..16]), number(&hash[16..]));
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(hex(Tree::default().root()), nothing);
    let empty: Hash = Sha256::digest([0]).into();
    assert_eq!(
        hex(empty),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "a leaf is hashed behind a zero"
    );
}

#[test]
fn a_tree_of_any_size_has_the_root_that_the_standard_defines() {
    let leaves: Vec<_> = (0..600).map(leaf).collect();
    let mut tree = Tree::default();
    for size in 0..=leaves.len() {
        assert_eq!(tree.root(), defined(&leaves[..size]), "{size} leaves");
        if let Some(next) = leaves.get(size) {
            tree.push(next, |_, _| {});
        }
    }
}

#[test]
fn a_path_leads_from_each_leaf_to_the_root_and_from_no_other_place() {
    for size in [1, 2, 3, 7, 8, 9, 255, 256, 257, 300, 519] {
        let leaves: Vec<_> = (0..size).map(leaf).collect();
        let nodes = all_nodes(&leaves);
        let whole = defined(&leaves);
        assert_eq!(root(&nodes, 0..size), Some(whole), "{size} leaves");
        for (index, leaf) in (0..).zip(&leaves) {
            let path = path(&nodes, index, size).expect("a path");
            let hash = leaf_hash(leaf);
            assert_eq!(inclusion_root(&hash, index, size, &path), Some(whole), "{index} of {size}");
            for (at, other) in [(index + 1, size), (index, size + 1), (index ^ 1, size)] {
                let found = inclusion_root(&hash, at, other, &path);
                assert!(found != Some(whole) || other != size, "{index} as {at} of {other}");
            }
            let longer = [&path[..], &[hash]].concat();
            assert_eq!(inclusion_root(&hash, index, size, &longer), None);
        }
        assert_eq!(path(&nodes, size, size), None, "there is no leaf {size}");
    }
}

/// The leaves, and the perfect subtrees of the heights that are kept.
fn all_nodes(leaves: &[Hash]) -> Nodes {
    let (mut nodes, mut tree) = (HashMap::new(), Tree::default());
    for (index, leaf) in (0..).zip(leaves) {
        nodes.insert((0, index), leaf_hash(leaf));
        tree.push(leaf, |height, hash| {
            if height.is_multiple_of(STRIDE) {
                nodes.insert((height, index >> height), hash);
            }
        });
    }
    nodes
}
