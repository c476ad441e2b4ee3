//! Who caused an event, and why.

use serde::Deserialize;

use super::versioned::by;
use crate::error::StoreError;

/// What projections want to know of an event's metadata.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub(crate) struct Attribution {
    pub(crate) actor: Option<Box<str>>,
    pub(crate) api_key: Option<Box<str>>,
    /// Why, as given by the caller.
    pub(crate) reason: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) correlation_id: Option<Box<str>>,
    /// Through which kind of path it came.
    pub(crate) surface: Option<Box<str>>,
}

impl Attribution {
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
