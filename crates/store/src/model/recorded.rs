//! An event as readers of a history get it.

use chrono::{DateTime, Utc};
use domain::customer::Event;
use domain::tenant;
use domain::upcast::Upcasters;
use sqlx::FromRow;
use uuid::Uuid;

/// An event, as readers of a history get it.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Recorded {
    /// The customer that it happened to; nothing when it is the tenant's own.
    pub customer_id: Option<Uuid>,
    /// The customer's or tenant's version that it made, from 1.
    pub version: i64,
    /// Its place in the partition.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What has happened.
    pub event_type: String,
    /// The version of the shape of `payload`.
    pub event_version: String,
    /// The event: `{"type": …, "data": …}`. In today's shape; as it is stored when this version of the
    /// service can't read it.
    pub payload: String,
    /// Who, why and how: a flat JSON object of strings, as it is stored.
    pub metadata: String,
}

impl Recorded {
    /// The same event in the shape that such events have today, if this version can read it.
    pub(crate) fn of_today(mut self, upcasters: &Upcasters) -> Self {
        let Self { event_type, event_version, payload, .. } = &self;
        let older = if self.customer_id.is_some() {
            let older = upcasters.older_event(event_type, event_version, payload).ok().flatten();
            older.map(|event| (event.name(), Event::VERSION, serde_json::to_string(&event)))
        } else if event_version == tenant::Event::VERSION {
            None
        } else {
            let older = upcasters.tenant_event(event_type, event_version, payload).ok();
            older.map(|event| (event.name(), tenant::Event::VERSION, serde_json::to_string(&event)))
        };
        if let Some((name, version, Ok(payload))) = older {
            name.clone_into(&mut self.event_type);
            version.clone_into(&mut self.event_version);
            self.payload = payload;
        }
        self
    }
}
