//! An event as readers see it.

use std::borrow::Cow;

use domain::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use store::api_keys::Scope;
use store::{Partition, Recorded};
use uuid::Uuid;

use crate::auth::Caller;
use crate::list::Item;
use crate::list_item;
use crate::position::token;

list_item! {
    /// An event with its metadata, as far as it is known.
    #[schemars(rename = "RecordedEvent")]
    pub struct EventItem<'a> {
        /// The customer. Absent for an event of the tenant.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_id: Option<Uuid>,
        /// The version of the customer or tenant that the event created.
        #[schemars(range(min = 1))]
        version: i64,
        /// Its position in the log. Opaque.
        position: String,
        /// When it was recorded.
        recorded_at: Timestamp,
        /// The event's type, as in `CustomerEvent` and `TenantEvent`.
        r#type: &'a str,
        /// The version of the shape of `data`.
        event_version: &'a str,
        /// The fields that changed, and nothing else, as `CustomerEvent` and `TenantEvent` have them for
        /// this `type`. An event that this version of the service can't read is shown as it is stored.
        /// Absent in the feed to a key without the scope `audit`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
        data: Option<&'a RawValue>,
    }
    with context: Context
}

/// Makes the members of an event's metadata that readers see.
macro_rules! context {
    ($($name:ident, $description:literal;)*) => {
        list_item! {
            /// Who, why and how.
            #[derive(Default, Deserialize)]
            #[serde(default)]
            pub struct Context<'a> {
                $(#[doc = $description]
                #[serde(borrow, skip_serializing_if = "Option::is_none")]
                $name: Option<Cow<'a, str>>,)*
            }
        }
    };
}
context! {
    actor, "Who: `X-Actor`, as the caller claimed.";
    api_key, "The id of the API key.";
    reason, "The reason: `X-Reason`.";
    request_id, "The request's id.";
    correlation_id, "The process that the request was part of: `X-Correlation-Id`.";
    causation_id, "What caused the request: `X-Causation-Id`.";
    trace_id, "The trace that the request was part of.";
    surface, "The API that took the request: `native`, or the name of a vendor's API.";
    command, "The command. Several commands of one request are separated by commas.";
    client_address, "The address of the client.";
    user_agent, "The client's `User-Agent`.";
    application_version, "The version of the service that recorded the event.";
}

/// The part of a payload that is passed through.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

/// An event of `partition` as an item of a list.
pub fn item(partition: Partition, event: &Recorded) -> Item {
    Item { document: document(partition, event), customer: event.customer_id }
}

/// An event of `partition` as JSON.
pub fn document(partition: Partition, event: &Recorded) -> String {
    with_item(partition, event, |item| written(&item))
}

/// What `show` makes of an event of `partition`.
pub fn with_item<T>(
    partition: Partition,
    event: &Recorded,
    show: impl FnOnce(EventItem<'_>) -> T,
) -> T {
    let payload: Result<Payload<'_>, _> = serde_json::from_str(&event.payload);
    let data = payload.map_or(RawValue::NULL, |payload| payload.data);
    let context = serde_json::from_str(&event.metadata).unwrap_or_default();
    show(seen(partition, event, Some(data), context))
}

/// An event of `partition` as JSON for a reader who may not see the past: its type and its customer,
/// without values and without the actor.
fn notice(partition: Partition, event: &Recorded) -> String {
    written(&seen(partition, event, None, Context::default()))
}

/// An event as the feed shows it to `caller`. Values of events are the past, which needs the scope
/// `audit`. A key that only reads learns which customers changed, and reads them.
pub fn visible_to(caller: &Caller, event: &Recorded) -> String {
    let partition = caller.tenant().partition;
    if caller.may(Scope::Audit) { document(partition, event) } else { notice(partition, event) }
}

fn seen<'a>(
    partition: Partition,
    event: &'a Recorded,
    data: Option<&'a RawValue>,
    context: Context<'a>,
) -> EventItem<'a> {
    EventItem {
        customer_id: event.customer_id,
        version: event.version,
        position: token(partition, event.position),
        recorded_at: event.recorded_at.into(),
        r#type: &event.event_type,
        event_version: &event.event_version,
        data,
        context,
    }
}

fn written(event: &EventItem<'_>) -> String {
    // A struct of texts and numbers always becomes JSON.
    serde_json::to_string(event).unwrap_or_default()
}

#[cfg(test)]
mod tests;
