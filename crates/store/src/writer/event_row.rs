//! An event on its way into the log.

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use domain::TenantId;

use crate::error::StoreError;
use crate::model::{Hash, to_json};

/// An event of a batch.
#[derive(Clone, Debug)]
pub(crate) struct EventRow {
    pub(crate) tenant: TenantId,
    pub(crate) aggregate_type: &'static str,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) hash: Hash,
}

/// A new event: its name, the version of its shape and its stored bytes.
pub(super) struct NewEvent {
    pub(super) event_type: String,
    pub(super) event_version: String,
    pub(super) payload: String,
}

impl NewEvent {
    pub(super) fn of(event: &impl DomainEvent) -> Result<Self, StoreError> {
        Ok(Self {
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload: to_json(event)?,
        })
    }
}
