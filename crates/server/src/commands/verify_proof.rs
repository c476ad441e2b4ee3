//! `dossier verify-proof`.

use std::path::Path;

use store::log::{Proof, ProofError};

use crate::error::CommandError;
use crate::log_key::{read_verifiers, text};
use crate::output::say;

/// Verifies a proof offline, and shows the event.
pub(super) fn run(proof: &Path, key: &Path) -> Result<(), CommandError> {
    let verified = Proof::verify(&text(proof)?, &read_verifiers(key)?);
    let Proof { event, head, .. } = verified.map_err(|error| match error {
        ProofError::NotInLog => CommandError::Failed(error.to_string()),
        ProofError::Head(_) | ProofError::NotAProof => error.into(),
    })?;
    say!("the event is in the signed log, which has {} events", head.size)?;
    say!("partition: {}", event.partition)?;
    say!("position: {}", event.position)?;
    say!("tenant: {}", event.tenant_id)?;
    say!("stream: {} {}", event.aggregate_type, event.aggregate_id)?;
    say!("version: {}", event.sequence)?;
    say!("recorded at: {}", event.recorded_at.to_rfc3339())?;
    say!("event: {} {}", event.event_type, event.event_version)?;
    say!("{}", event.payload)?;
    say!("{}", event.metadata)?;
    Ok(())
}
