//! By which event something became what it is.

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;

use super::events::Recorded;
use crate::error::StoreError;
use crate::projections::Who;

/// The event that made something what it is: which, when, and who.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cause {
    /// The version that the event made.
    pub version: i64,
    /// The event's place in the partition.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What has happened.
    pub event_type: String,
    /// On whose behalf, as the caller claimed; the id of its key, when it claimed nothing.
    pub actor: String,
    /// The id of the key with which it was done, if it was done with one.
    pub api_key: Option<String>,
    /// Why, if that was said.
    pub reason: Option<String>,
}

impl Cause {
    pub(super) fn of(event: Recorded, upcasters: &Upcasters) -> Result<Self, StoreError> {
        let event = event.of_today(upcasters);
        let who = Who::read(&event.metadata)?;
        let Recorded { version, position, recorded_at, event_type, .. } = event;
        let (actor, reason) = (who.by().to_owned(), who.reason.map(String::from));
        let api_key = who.api_key.map(String::from);
        Ok(Self { version, position, recorded_at, event_type, actor, api_key, reason })
    }
}
