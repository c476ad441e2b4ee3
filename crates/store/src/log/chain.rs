//! The hash chain: each event's hash covers the event and the hash before it.

use crate::model::Hash;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::log::event::StoredEvent;

/// The parts of an event that are hashed, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The partition of the log.
    pub partition: i16,
    /// The position in the partition.
    pub position: i64,
    /// The tenant.
    pub tenant_id: Uuid,
    /// `customer` or `tenant`.
    pub aggregate_type: &'a str,
    /// The aggregate's id.
    pub aggregate_id: &'a str,
    /// The version that the event made.
    pub sequence: i64,
    /// The event's name.
    pub event_type: &'a str,
    /// The version of its shape.
    pub event_version: &'a str,
    /// The event's bytes.
    pub payload: &'a str,
    /// The bytes of who, why and how.
    pub metadata: &'a str,
    /// The recording time, hashed as microseconds since 1970.
    pub recorded_at: DateTime<Utc>,
}

impl Link<'_> {
    /// The hash of this event after `previous`.
    ///
    /// Each part is hashed after its length (eight bytes, big-endian), so that different events
    /// never give the same bytes.
    #[must_use]
    pub fn hash(&self, previous: &Hash) -> Hash {
        let mut digest = Sha256::new();
        digest.update(previous);
        for part in [
            &self.partition.to_be_bytes()[..],
            &self.position.to_be_bytes(),
            self.tenant_id.as_bytes(),
            self.aggregate_type.as_bytes(),
            self.aggregate_id.as_bytes(),
            &self.sequence.to_be_bytes(),
            self.event_type.as_bytes(),
            self.event_version.as_bytes(),
            self.payload.as_bytes(),
            self.metadata.as_bytes(),
            &self.recorded_at.timestamp_micros().to_be_bytes(),
        ] {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

impl<'a> From<&'a StoredEvent> for Link<'a> {
    fn from(event: &'a StoredEvent) -> Self {
        Self {
            partition: event.partition,
            position: event.position,
            tenant_id: event.tenant_id,
            aggregate_type: &event.aggregate_type,
            aggregate_id: &event.aggregate_id,
            sequence: event.sequence,
            event_type: &event.event_type,
            event_version: &event.event_version,
            payload: &event.payload,
            metadata: &event.metadata,
            recorded_at: event.recorded_at,
        }
    }
}
