//! Writing JSON.

use crate::error::StoreError;

/// The JSON of a state, an event or metadata.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable("a state", error))
}
