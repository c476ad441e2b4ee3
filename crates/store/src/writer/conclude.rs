//! From what was decided to events in the chain and an outcome.

use std::sync::Arc;

use domain::{TenantId, tenant};
use uuid::Uuid;

use super::rows::{EventRow, to_json};
use super::size::{self, Size};
use super::submission::{Committed, CommittedEvent, Outcome, Refused, Submission};
use super::working::Working;
use crate::entry::{Entry, by};
use crate::error::StoreError;
use crate::queries::Current;

/// Which stream the events belong to.
pub(super) struct Stream {
    pub(super) id: Uuid,
    pub(super) aggregate_type: &'static str,
    pub(super) aggregate_id: String,
    pub(super) event_version: &'static str,
}

impl Stream {
    /// That of a tenant's own events.
    pub(super) fn of_tenant(id: TenantId) -> Self {
        Self {
            id: id.0,
            aggregate_type: "tenant",
            aggregate_id: id.to_string(),
            event_version: tenant::Event::VERSION,
        }
    }
}

/// An event's name and its stored bytes.
pub(super) type Prepared = (&'static str, String);

pub(super) fn prepare(
    event: &impl serde::Serialize,
    name: &'static str,
) -> Result<Prepared, StoreError> {
    Ok((name, to_json(event)?))
}

/// The new entry, nothing when there is none to keep, and the outcome.
pub(super) type Concluded<S> = (Option<Arc<Entry<S>>>, Outcome);

/// The outcome of what was decided, which is a refusal when the state would become too large; unless it is a dry run the events are appended to the chain.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "versions and positions count events, and nobody stores 2^63 of them"
)]
pub(super) fn conclude<S: Clone + Default + serde::Serialize>(
    working: &mut Working<'_>,
    submission: &Submission,
    stream: &Stream,
    before: &Entry<S>,
    state: S,
    events: Vec<Prepared>,
) -> Result<Concluded<S>, StoreError> {
    let recorded_at = working.now();
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let committed: Vec<_> = (1..)
        .zip(&events)
        .map(|(nth, (_, payload))| CommittedEvent {
            sequence: before.version + nth,
            position: working.head.position + nth,
            payload: payload.clone(),
            recorded_at,
        })
        .collect();
    let mut entry = changed(submission, before, state, count, recorded_at);
    if count > 0 {
        match size::measure(before, &entry.state, &events)? {
            Size::AtMost(bytes) => entry.bytes_max = Some(bytes),
            Size::TooLarge(bytes) => {
                return Ok((None, Outcome::Refused(Refused::TooLarge { bytes })));
            }
        }
    }
    let outcome = Outcome::Committed(Committed {
        id: stream.id,
        version: entry.version,
        partition: submission.tenant.partition,
        position: working.head.position + count,
        events: committed,
        dry_run: submission.dry_run,
        current: if submission.dry_run || submission.shown {
            current(stream.id, &entry)?
        } else {
            None
        },
    });
    if submission.dry_run || events.is_empty() {
        return Ok((None, outcome));
    }
    let metadata = to_json(&submission.metadata)?;
    for (sequence, (event_type, payload)) in (before.version + 1..).zip(events) {
        working.append(EventRow {
            tenant: submission.tenant.id,
            aggregate_type: stream.aggregate_type,
            aggregate_id: stream.aggregate_id.clone(),
            sequence,
            event_type: event_type.into(),
            event_version: stream.event_version.into(),
            payload,
            metadata: metadata.clone(),
            recorded_at,
            hash: [0; 32],
        });
    }
    Ok((Some(Arc::new(entry)), outcome))
}

/// The entry after `count` more events.
fn changed<S: Clone>(
    submission: &Submission,
    before: &Entry<S>,
    state: S,
    count: i64,
    at: chrono::DateTime<chrono::Utc>,
) -> Entry<S> {
    if count == 0 {
        return before.clone();
    }
    let told = |name| submission.metadata.get(name).map(String::as_str);
    before.then(state, count, at, by(told("actor"), told("api_key")))
}

/// What a caller would read.
fn current<S: serde::Serialize>(id: Uuid, entry: &Entry<S>) -> Result<Option<Current>, StoreError> {
    let Some(envelope) = entry.envelope.clone() else { return Ok(None) };
    let state = to_json(&entry.state)?;
    Ok(Some(Current { id, version: entry.version, state, envelope }))
}
