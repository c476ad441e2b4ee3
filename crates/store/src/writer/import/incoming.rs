//! An event to import.

use chrono::{DateTime, Utc};
use domain::CustomerId;

use crate::model::TransferError;

/// An event to import.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The customer; nothing for an event of the tenant itself.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    /// Events of one customer with the same time belong together, like those of one command.
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Incoming {
    pub(super) fn together(&self, other: &Self) -> bool {
        (self.customer, self.recorded_at) == (other.customer, other.recorded_at)
    }

    pub(super) fn refused(&self, why: impl Into<String>) -> TransferError {
        let Self { customer, sequence, event_type, .. } = self;
        let whose = customer.map_or("the tenant".to_owned(), |id| format!("customer {id}"));
        TransferError::Refused(format!("{event_type}, event {sequence} of {whose}: {}", why.into()))
    }
}
