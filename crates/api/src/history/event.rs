//! An event as callers see it, wherever it is shown.

use std::borrow::Cow;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::Partition;
use store::log::StoredEvent;
use uuid::Uuid;

use crate::answer::token;

/// What happened, to whom, and who, when, why and how.
#[derive(Serialize)]
struct Document<'a> {
    /// Absent when it is the tenant's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<Uuid>,
    version: i64,
    position: String,
    recorded_at: Timestamp,
    r#type: &'a str,
    event_version: &'a str,
    data: &'a RawValue,
    #[serde(flatten)]
    how: How<'a>,
}

/// What of an event's metadata is shown.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct How<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    api_key: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    request_id: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    causation_id: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    trace_id: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    surface: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    command: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    client_address: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    user_agent: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    application_version: Option<Cow<'a, str>>,
}

/// The event as it is stored.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// The JSON document of an event of `partition`. Its data is passed through as it is stored.
///
/// What is stored as JSON always becomes JSON; an event that isn't of the form of events is shown
/// without data.
pub(crate) fn document(partition: Partition, event: &StoredEvent) -> String {
    let payload = serde_json::from_str::<Payload<'_>>(&event.payload).ok();
    let document = Document {
        customer_id: event.customer(),
        version: event.sequence,
        position: token(partition, event.position),
        recorded_at: event.recorded_at.into(),
        r#type: &event.event_type,
        event_version: &event.event_version,
        data: payload.and_then(|payload| payload.data).unwrap_or(RawValue::NULL),
        how: serde_json::from_str(&event.metadata).unwrap_or_default(),
    };
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests;
