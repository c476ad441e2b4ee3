//! Events as cqrs-es has them.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use cqrs_es::EventEnvelope;
use domain::customer::Customer;

use crate::projections::event_context::EventContext;
use crate::projections::projection::CannotApply;

/// The entry of an envelope's metadata that says when the event was recorded. The others are those that are
/// stored with the event: who, why and how.
const RECORDED_AT: &str = "recorded_at";

/// An event of the stream `aggregate_id`.
pub(super) fn envelope(
    aggregate_id: String,
    event: &EventContext<'_>,
    metadata: &str,
) -> Result<EventEnvelope<Customer>, CannotApply> {
    let metadata = with_time(metadata, event.recorded_at)?;
    let sequence = usize::try_from(event.version).unwrap_or_default();
    let payload = event.event.clone();
    Ok(EventEnvelope { aggregate_id, sequence, payload, metadata })
}

/// The metadata of an event, and when it was recorded.
pub(super) fn with_time(
    stored: &str,
    recorded_at: DateTime<Utc>,
) -> serde_json::Result<HashMap<String, String>> {
    let mut metadata: HashMap<String, String> = serde_json::from_str(stored)?;
    let recorded_at = recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    metadata.insert(RECORDED_AT.to_owned(), recorded_at);
    Ok(metadata)
}
