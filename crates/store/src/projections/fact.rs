//! An event as projections see it: with the state before and after, and who, when and why.

use chrono::{DateTime, Utc};
use domain::customer::{Customer, Event};
use domain::{CustomerId, TenantId};
use serde::Deserialize;

use crate::entry::by;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::queries::Envelope;

/// Which customer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key {
    pub(crate) partition: Partition,
    pub(crate) tenant: TenantId,
    pub(crate) customer: CustomerId,
}

/// Something that happened to a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact<'a> {
    /// The customer's version after it.
    pub(crate) version: i64,
    /// Its place in the partition.
    pub(crate) position: i64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) who: &'a Who,
    pub(crate) event: &'a Event,
    pub(crate) before: &'a Customer,
    pub(crate) after: &'a Customer,
    /// When and by whom the customer was made, and last changed: by this.
    pub(crate) made: &'a Envelope,
}

/// What projections want to know of an event's metadata.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub(crate) struct Who {
    pub(crate) actor: Option<Box<str>>,
    pub(crate) api_key: Option<Box<str>>,
    /// Why, in the words of whoever did it.
    pub(crate) reason: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) correlation_id: Option<Box<str>>,
    /// Through which kind of path it came.
    pub(crate) surface: Option<Box<str>>,
}

impl Who {
    /// Reads an event's metadata.
    pub(crate) fn read(metadata: &str) -> Result<Self, StoreError> {
        serde_json::from_str(metadata)
            .map_err(|error| StoreError::unreadable("an event's metadata", error))
    }

    /// On whose behalf.
    pub(crate) fn by(&self) -> &str {
        by(self.actor.as_deref(), self.api_key.as_deref())
    }
}
