//! The tree stored in the database.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions and sizes are those of a log, whose 2^63 events nobody stores"
)]

use std::ops::Range;

use futures::TryStreamExt as _;
use sqlx::{PgConnection, query, query_as, query_scalar};

use super::nodes::{Nodes, path, root};
use crate::error::StoreError;
use crate::log::head::TreeHead;
use crate::log::tree::growing::{STRIDE, Tree, leaf_hash};
use crate::model::Hash;
use crate::partition::Partition;

/// The stored heights.
const HEIGHTS: [u8; 4] = [STRIDE, 2 * STRIDE, 3 * STRIDE, 4 * STRIDE];
/// Events per step of extending the tree. Finished steps stay if the work is cut off.
const PAGE: i64 = 1 << (2 * STRIDE);

/// Extends the stored tree of a partition to all perfect subtrees up to its head, and returns the
/// head's position.
///
/// Several callers may do so at once. Finished steps stay if the work is cut off.
///
/// # Errors
///
/// Those of [`head`].
pub async fn extend(
    connection: &mut PgConnection,
    partition: Partition,
) -> Result<i64, StoreError> {
    let end: i64 = query_scalar("select position from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(&mut *connection)
        .await?;
    let mut done = kept(connection, partition, STRIDE).await? << STRIDE;
    while end - done >= 1 << STRIDE {
        let until = ((end >> STRIDE) << STRIDE).min((done / PAGE + 1) * PAGE);
        let hashes = hashes(connection, partition, done, until).await?;
        let blocks = hashes.chunks_exact(1 << STRIDE).map(|block| {
            let mut tree = Tree::default();
            for hash in block {
                tree.push(hash, |_, _| {});
            }
            tree.root()
        });
        insert(connection, partition, STRIDE, done >> STRIDE, blocks).await?;
        for pair in HEIGHTS.windows(2) {
            if let [low, high] = *pair {
                raise(connection, partition, low, high).await?;
            }
        }
        done = until;
    }
    Ok(end)
}

/// Makes the subtrees of height `high` from those of height `low`.
async fn raise(
    connection: &mut PgConnection,
    partition: Partition,
    low: u8,
    high: u8,
) -> Result<(), StoreError> {
    let below = kept(connection, partition, low).await?;
    let first = kept(connection, partition, high).await?;
    for nth in first..(below >> STRIDE) {
        let children = (nth << STRIDE)..((nth + 1) << STRIDE);
        let mut tree = Tree::default();
        for (_, _, hash) in subtrees(connection, partition, &[(low, children)]).await? {
            tree.push_subtree(low, hash, |_, _| {});
        }
        insert(connection, partition, high, nth, [tree.root()].into_iter()).await?;
    }
    Ok(())
}

/// The head of a partition.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when parts of
/// the log are missing.
pub async fn head(
    connection: &mut PgConnection,
    partition: Partition,
) -> Result<TreeHead, StoreError> {
    let size = extend(connection, partition).await?;
    let nodes = nodes(connection, partition, size, None).await?;
    let root = root(&nodes, 0..size.unsigned_abs()).ok_or_else(incomplete)?;
    Ok(TreeHead { partition, size, root })
}

/// The head of a partition, and the audit path of the event at position `at`.
///
/// # Errors
///
/// Those of [`head`].
pub async fn proof(
    connection: &mut PgConnection,
    partition: Partition,
    at: i64,
) -> Result<(TreeHead, Vec<Hash>), StoreError> {
    let size = extend(connection, partition).await?;
    proof_within(connection, partition, at, size).await
}

/// The same for the head that the partition had with `size` events. Nothing if it never had that many, or the event
/// came later.
///
/// # Errors
///
/// Those of [`head`].
pub async fn proof_at(
    connection: &mut PgConnection,
    partition: Partition,
    at: i64,
    size: i64,
) -> Result<Option<(TreeHead, Vec<Hash>)>, StoreError> {
    let end = extend(connection, partition).await?;
    if !(at..=end).contains(&size) {
        return Ok(None);
    }
    proof_within(connection, partition, at, size).await.map(Some)
}

async fn proof_within(
    connection: &mut PgConnection,
    partition: Partition,
    at: i64,
    size: i64,
) -> Result<(TreeHead, Vec<Hash>), StoreError> {
    let nodes = nodes(connection, partition, size, Some(at - 1)).await?;
    let leaves = size.unsigned_abs();
    let root = root(&nodes, 0..leaves).ok_or_else(incomplete)?;
    let path = path(&nodes, (at - 1).unsigned_abs(), leaves).ok_or_else(incomplete)?;
    Ok((TreeHead { partition, size, root }, path))
}

fn incomplete() -> StoreError {
    StoreError::unreadable("the tree of the log", "parts of it, or of the log, are missing")
}

/// The nodes for the root over `size` leaves, and for the path of leaf `index`: at each height at
/// most 256 nodes at the right edge and as many around the leaf.
async fn nodes(
    connection: &mut PgConnection,
    partition: Partition,
    size: i64,
    index: Option<i64>,
) -> Result<Nodes, StoreError> {
    let mut nodes = Nodes::new();
    for place in [Some(size), index].into_iter().flatten() {
        let wanted = |height: u8| {
            let above = height + STRIDE;
            let from = if HEIGHTS.contains(&above) { (place >> above) << STRIDE } else { 0 };
            (height, from..(from + (1 << STRIDE)).min(size >> height))
        };
        for (height, nth, hash) in subtrees(connection, partition, &HEIGHTS.map(wanted)).await? {
            nodes.insert((height, nth), hash);
        }
        let (_, leaves) = wanted(0);
        let hashes = hashes(connection, partition, leaves.start, leaves.end).await?;
        nodes.extend(
            (leaves.start.unsigned_abs()..).zip(hashes).map(|(n, h)| ((0, n), leaf_hash(&h))),
        );
    }
    Ok(nodes)
}

/// The number of stored subtrees of this height.
async fn kept(
    connection: &mut PgConnection,
    partition: Partition,
    height: u8,
) -> sqlx::Result<i64> {
    let last: Option<i64> = query_scalar(
        "select nth from log_tree where partition = $1 and height = $2 order by nth desc limit 1",
    )
    .bind(partition.number())
    .bind(i16::from(height))
    .fetch_optional(connection)
    .await?;
    Ok(last.map_or(0, |last| last + 1))
}

/// The chain's hashes after position `from` up to and with `until`.
async fn hashes(
    connection: &mut PgConnection,
    partition: Partition,
    from: i64,
    until: i64,
) -> Result<Vec<Hash>, StoreError> {
    let mut rows = query_scalar::<_, Vec<u8>>(
        "select hash from events
          where partition = $1 and position > $2 and position <= $3
          order by position",
    )
    .bind(partition.number())
    .bind(from)
    .bind(until)
    .fetch(connection);
    let mut hashes = Vec::new();
    while let Some(hash) = rows.try_next().await? {
        hashes.push(hash.try_into().map_err(|_| incomplete())?);
    }
    if i64::try_from(hashes.len()) != Ok(until - from) {
        return Err(incomplete());
    }
    Ok(hashes)
}

/// Stored subtrees, by height and range.
async fn subtrees(
    connection: &mut PgConnection,
    partition: Partition,
    wanted: &[(u8, Range<i64>)],
) -> Result<Vec<(u8, u64, Hash)>, StoreError> {
    let heights: Vec<_> = wanted.iter().map(|(height, _)| i16::from(*height)).collect();
    let from: Vec<_> = wanted.iter().map(|(_, range)| range.start).collect();
    let until: Vec<_> = wanted.iter().map(|(_, range)| range.end).collect();
    let rows: Vec<(i16, i64, Vec<u8>)> = query_as(
        "select t.height, t.nth, t.hash
           from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as w(height, first, until)
          cross join lateral (
                select height, nth, hash from log_tree
                 where partition = $1 and height = w.height and nth >= w.first and nth < w.until
                 order by nth
                 limit 256) as t
          order by t.height, t.nth",
    )
    .bind(partition.number())
    .bind(heights)
    .bind(from)
    .bind(until)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(height, nth, hash)| {
            let hash = hash.try_into().map_err(|_| incomplete())?;
            Ok((u8::try_from(height).map_err(|_| incomplete())?, nth.unsigned_abs(), hash))
        })
        .collect()
}

/// Stores subtrees of one height, from number `first`.
async fn insert(
    connection: &mut PgConnection,
    partition: Partition,
    height: u8,
    first: i64,
    hashes: impl Iterator<Item = Hash>,
) -> Result<(), StoreError> {
    let hashes: Vec<Vec<u8>> = hashes.map(|hash| hash.to_vec()).collect();
    query(
        "insert into log_tree (partition, height, nth, hash)
         select $1, $2, $3 + s.n - 1, s.hash from unnest($4::bytea[]) with ordinality as s(hash, n)
             on conflict on constraint log_tree_pkey do nothing",
    )
    .bind(partition.number())
    .bind(i16::from(height))
    .bind(first)
    .bind(hashes)
    .execute(connection)
    .await?;
    Ok(())
}
