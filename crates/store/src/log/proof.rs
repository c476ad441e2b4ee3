//! Proofs that an event is in the log, for offline verification: text as in c2sp.org/tlog-proof.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::note::{LogKey, NoteError, Verifier, read_heads};
use super::tree::{inclusion_root, leaf_hash};
use crate::log::chain::Link;
use crate::log::event::StoredEvent;
use crate::log::head::TreeHead;
use crate::model::Hash;

/// The first line of a proof.
const FORMAT: &str = "c2sp.org/tlog-proof@v1";

/// An event and what connects it to the head of its partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The event.
    pub event: StoredEvent,
    /// The chain's hash before the event.
    pub before: Hash,
    /// The audit path: the sibling hashes up to the root, from below.
    pub path: Vec<Hash>,
    /// The head.
    pub head: TreeHead,
}

/// Why a proof is invalid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// It is malformed.
    #[error("it isn't a proof of an event: {FORMAT}, with an event in its extra line")]
    NotAProof,
    /// Its head is not signed by a known key.
    #[error(transparent)]
    Head(#[from] NoteError),
    /// It does not connect the event to the head.
    #[error("the event isn't in the log that was signed")]
    NotInLog,
}

/// The hashed parts of the event, as in the text.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    previous_hash: String,
    partition: i16,
    position: i64,
    tenant_id: Uuid,
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
}

impl Proof {
    /// The proof as text, its head signed.
    #[must_use]
    pub fn text(&self, key: &LogKey) -> String {
        let event = self.event.clone();
        let extra = Extra {
            previous_hash: STANDARD.encode(self.before),
            partition: event.partition,
            position: event.position,
            tenant_id: event.tenant_id,
            aggregate_type: event.aggregate_type,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            payload: event.payload,
            metadata: event.metadata,
            recorded_at: event.recorded_at,
        };
        // Strings and numbers can always be written.
        let extra = STANDARD.encode(serde_json::to_vec(&extra).unwrap_or_default());
        let mut text =
            format!("{FORMAT}\nextra {extra}\nindex {}\n", event.position.saturating_sub(1));
        for hash in &self.path {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}", STANDARD.encode(hash));
        }
        let _ = write!(text, "\n{}", key.sign(&self.head));
        text
    }

    /// Reads a proof, and verifies that the event is in a log whose head one of `verifiers` signed.
    /// Works offline.
    ///
    /// # Errors
    ///
    /// A [`ProofError`].
    pub fn verify(text: &str, verifiers: &[Verifier]) -> Result<Self, ProofError> {
        let (proof, head) = text.split_once("\n\n").ok_or(ProofError::NotAProof)?;
        let [head] = read_heads(head, verifiers)?[..] else { return Err(ProofError::NotAProof) };
        let (event, before, index, path) = read(proof).ok_or(ProofError::NotAProof)?;
        let here = event.partition == head.partition.number()
            && event.position.checked_sub(1) == Some(index);
        let leaf: Hash = Link::from(&event).hash(&before);
        let (index, size) = (index.unsigned_abs(), head.size.unsigned_abs());
        if here && inclusion_root(&leaf_hash(&leaf), index, size, &path) == Some(head.root) {
            Ok(Self { event: StoredEvent { hash: leaf.to_vec(), ..event }, before, path, head })
        } else {
            Err(ProofError::NotInLog)
        }
    }
}

/// The event, the hash before it, its index and the path.
fn read(proof: &str) -> Option<(StoredEvent, Hash, i64, Vec<Hash>)> {
    let mut lines = proof.lines();
    lines.next().filter(|line| *line == FORMAT)?;
    let extra = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
    let extra: Extra = serde_json::from_slice(&extra).ok()?;
    let index = lines.next()?.strip_prefix("index ")?.parse().ok().filter(|index| *index >= 0)?;
    let path = lines.map(hash).collect::<Option<_>>()?;
    let event = StoredEvent {
        aggregate_type: extra.aggregate_type,
        aggregate_id: extra.aggregate_id,
        sequence: extra.sequence,
        event_type: extra.event_type,
        event_version: extra.event_version,
        payload: extra.payload,
        metadata: extra.metadata,
        partition: extra.partition,
        position: extra.position,
        tenant_id: extra.tenant_id,
        recorded_at: extra.recorded_at,
        hash: Vec::new(),
    };
    Some((event, hash(&extra.previous_hash)?, index, path))
}

fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
