//! `dossier verify-proof`.

use std::path::Path;

use store::log::{Proof, ProofError};

use crate::error::CommandError;
use crate::log_key::{read_verifiers, text};

/// Verifies a proof offline, and shows the event.
pub(super) fn run(proof: &Path, key: &Path) -> Result<(), CommandError> {
    let verified = Proof::verify(&text(proof)?, &read_verifiers(key)?);
    let Proof { event, head, .. } = verified.map_err(|error| match error {
        ProofError::NotInLog => CommandError::Failed(error.to_string()),
        ProofError::Head(_) | ProofError::NotAProof => error.into(),
    })?;
    println!("the event is in the signed log, which has {} events", head.size);
    println!("partition: {}", event.partition);
    println!("position: {}", event.position);
    println!("tenant: {}", event.tenant_id);
    println!("stream: {} {}", event.aggregate_type, event.aggregate_id);
    println!("version: {}", event.sequence);
    println!("recorded at: {}", event.recorded_at.to_rfc3339());
    println!("event: {} {}", event.event_type, event.event_version);
    println!("{}", event.payload);
    println!("{}", event.metadata);
    Ok(())
}
