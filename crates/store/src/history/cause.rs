//! The cause of a value: the event that set it.

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;

use crate::error::StoreError;
use crate::model::{Attribution, Recorded};

/// The event that set a value: which, when, and who.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cause {
    /// The version that the event made.
    pub version: i64,
    /// The event's position in the partition.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The event's name.
    pub event_type: String,
    /// The actor that the caller named, or else the id of its key.
    pub actor: String,
    /// The id of the key, if there was one.
    pub api_key: Option<String>,
    /// The reason, if one was given.
    pub reason: Option<String>,
}

impl Cause {
    pub(super) fn of(event: Recorded, upcasters: &Upcasters) -> Result<Self, StoreError> {
        let event = event.of_today(upcasters);
        let who = Attribution::read(&event.metadata)?;
        let Recorded { version, position, recorded_at, event_type, .. } = event;
        let (actor, reason) = (who.by().to_owned(), who.reason.map(String::from));
        let api_key = who.api_key.map(String::from);
        Ok(Self { version, position, recorded_at, event_type, actor, api_key, reason })
    }
}
