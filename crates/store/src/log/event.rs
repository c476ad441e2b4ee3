//! An event as it is stored.

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
    /// The event: `{"type": …, "data": …}`, exactly the bytes that were hashed.
    pub payload: String,
    /// Who, why and how: a flat JSON object of strings, exactly the bytes that were hashed.
    pub metadata: String,
    /// The partition of the log.
    pub partition: i16,
    /// The position in the partition, from 1, without gaps.
    pub position: i64,
    /// The tenant.
    pub tenant_id: Uuid,
    /// When it was recorded, by the database's clock, in whole microseconds.
    pub recorded_at: DateTime<Utc>,
    /// The chain's hash including this event.
    pub hash: Vec<u8>,
}

/// The aggregate id of a customer.
pub(crate) fn customer_stream(tenant: domain::TenantId, customer: domain::CustomerId) -> String {
    format!("{tenant}/{customer}")
}

/// Reads a stored event of any version. The only place that does so.
///
/// # Errors
///
/// [`StoreError::Unreadable`] if this version of the service does not know the event.
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
