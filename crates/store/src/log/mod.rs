//! The log as it is read: events as they were stored, and the chain that ties them together.

mod chain;
mod note;
mod proof;
pub mod tree;
mod verify;

pub use chain::{Hash, Link};
pub use note::{LogKey, NoteError, Verifier, read_heads};
pub(crate) use note::{NotSigned, known_signer};
pub use proof::{Proof, ProofError};
pub use verify::{
    Checked, Damage, KeptHead, Kind, LISTED_MAX, VERIFIERS_MAX, Verified, Whose, verify_log,
    verify_partition, verify_snapshot,
};

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;
use uuid::Uuid;

use crate::error::StoreError;

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct StoredEvent {
    /// `customer` or `tenant`.
    pub aggregate_type: String,
    /// The tenant's id; for a customer followed by `/` and the customer's id.
    pub aggregate_id: String,
    /// The customer's (or tenant's) version that this event made, from 1.
    pub sequence: i64,
    /// The event's name, as in the payload's `type`.
    pub event_type: String,
    /// The version of the event's shape.
    pub event_version: String,
    /// The event: `{"type": …, "data": …}`, the very bytes that were hashed.
    pub payload: String,
    /// Who, why and how: a flat JSON object of strings, the very bytes that were hashed.
    pub metadata: String,
    /// The partition of the log.
    pub partition: i16,
    /// The event's place in its partition, from 1, without gaps.
    pub position: i64,
    /// The tenant it belongs to.
    pub tenant_id: Uuid,
    /// When it was recorded, by the database's clock, in whole microseconds.
    pub recorded_at: DateTime<Utc>,
    /// The chain's hash up to and with this event.
    pub hash: Vec<u8>,
}

/// The aggregate of a customer, as the log names it.
pub(crate) fn customer_stream(tenant: domain::TenantId, customer: domain::CustomerId) -> String {
    format!("{tenant}/{customer}")
}

/// Reads a stored event, of whatever version its shape was. The one place where that is done.
///
/// # Errors
///
/// [`StoreError::Unreadable`] when this version of the service doesn't know the event.
pub fn read_customer_event(
    upcasters: &Upcasters,
    event_type: &str,
    event_version: &str,
    payload: &str,
) -> Result<domain::customer::Event, StoreError> {
    upcasters
        .customer_event(event_type, event_version, payload)
        .map_err(|error| StoreError::unreadable("a stored event", error))
}
