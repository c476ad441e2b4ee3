use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{FORMAT, Proof, ProofError};
use crate::log::TreeHead;
use crate::log::note::LogKey;
use crate::partition::Partition;

/// What an event at `position` comes to that is said to be in a log of one event.
fn verified(position: i64) -> Result<Proof, ProofError> {
    let key = LogKey::from_random("log.test", [7; 32]).expect("a key");
    let partition = Partition::new(3).expect("a partition");
    let hash = STANDARD.encode([0; 32]);
    let extra = json!({
        "previous_hash": hash, "partition": 3, "position": position, "tenant_id": uuid::Uuid::nil(),
        "aggregate_type": "tenant", "aggregate_id": "", "sequence": 1, "event_type": "",
        "event_version": "1.0", "payload": "", "metadata": "", "recorded_at": "2026-01-02T03:04:05Z",
    });
    let extra = STANDARD.encode(extra.to_string());
    let head = key.sign(&TreeHead { partition, size: 1, root: [9; 32] });
    let text = format!("{FORMAT}\nextra {extra}\nindex 0\n\n{head}");
    Proof::verify(&text, &[key.verifier(partition)])
}

#[test]
fn a_proof_of_an_event_where_no_log_has_any_is_refused() {
    for position in [i64::MIN, -1, 0, 1, 2, i64::MAX] {
        assert_eq!(verified(position), Err(ProofError::NotInLog), "{position}");
    }
}
