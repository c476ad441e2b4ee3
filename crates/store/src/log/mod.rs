//! The log: stored events, and the hash chain over them.

mod chain;
mod event;
mod head;
mod note;
mod proof;
pub mod tree;
mod verify;

pub use crate::model::Hash;
pub use chain::Link;
pub(crate) use event::customer_stream;
pub use event::{StoredEvent, read_customer_event};
pub use head::TreeHead;
pub use note::{LogKey, NoteError, Verifier, read_heads};
pub(crate) use note::{NotSigned, known_signer};
pub use proof::{Proof, ProofError};
pub use verify::{
    Checked, Damage, Kind, LISTED_MAX, VERIFIERS_MAX, Verified, Whose, verify_log,
    verify_partition, verify_snapshot,
};
