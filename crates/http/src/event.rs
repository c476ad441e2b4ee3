//! An event as readers see it.

use std::borrow::Cow;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::api_keys::Scope;
use store::{Partition, Recorded};
use uuid::Uuid;

use crate::auth::Caller;
use crate::list::Item;
use crate::position::token;

/// What happened; then who, why and how, as far as it is known.
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
    /// Absent where the reader may not see the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(flatten)]
    context: Context<'a>,
}

/// Makes the members of an event's metadata that readers see.
macro_rules! context {
    ($($name:ident),*) => {
        /// Who, why and how.
        #[derive(Default, Deserialize, Serialize)]
        #[serde(default)]
        struct Context<'a> {
            $(#[serde(borrow, skip_serializing_if = "Option::is_none")]
            $name: Option<Cow<'a, str>>,)*
        }
    };
}
context!(
    actor,
    api_key,
    reason,
    request_id,
    correlation_id,
    causation_id,
    trace_id,
    surface,
    command,
    client_address,
    user_agent,
    application_version
);

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
    let payload: Result<Payload<'_>, _> = serde_json::from_str(&event.payload);
    let data = payload.map_or(RawValue::NULL, |payload| payload.data);
    let context = serde_json::from_str(&event.metadata).unwrap_or_default();
    written(partition, event, Some(data), context)
}

/// An event of `partition` as JSON for a reader who may not see the past: its type and its customer,
/// without values and without the actor.
fn notice(partition: Partition, event: &Recorded) -> String {
    written(partition, event, None, Context::default())
}

/// An event as the feed shows it to `caller`. Values of events are the past, which needs the scope
/// `audit`. A key that only reads learns which customers changed, and reads them.
pub fn visible_to(caller: &Caller, event: &Recorded) -> String {
    let partition = caller.tenant().partition;
    if caller.may(Scope::Audit) { document(partition, event) } else { notice(partition, event) }
}

fn written(
    partition: Partition,
    event: &Recorded,
    data: Option<&RawValue>,
    context: Context<'_>,
) -> String {
    let document = Document {
        customer_id: event.customer_id,
        version: event.version,
        position: token(partition, event.position),
        recorded_at: event.recorded_at.into(),
        r#type: &event.event_type,
        event_version: &event.event_version,
        data,
        context,
    };
    // A struct of texts and numbers always becomes JSON.
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests;
