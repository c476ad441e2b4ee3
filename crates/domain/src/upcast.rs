//! Reading stored events of every version.

use crate::customer;

/// The event can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the event can't be read")]
pub struct Unreadable(#[from] serde_json::Error);

/// How older events become newer ones.
#[derive(Clone, Debug, Default)]
pub struct Upcasters;

impl Upcasters {
    /// Reads a customer's event.
    ///
    /// # Errors
    ///
    /// [`Unreadable`].
    pub fn customer_event(
        &self,
        _event_type: &str,
        _event_version: &str,
        payload: &str,
    ) -> Result<customer::Event, Unreadable> {
        Ok(serde_json::from_str(payload)?)
    }
}
