//! Builds the outcome of a submission, and appends its events to the chain.

use std::sync::Arc;

use cqrs_es::Aggregate;
use uuid::Uuid;

use super::batch_state::BatchState;
use super::size::{self, Size};
use super::submission::{Committed, CommittedEvent, Outcome, Refused, Submission};
use crate::error::StoreError;
use crate::model::{Current, Versioned, by, to_json};
use crate::writer::event_row::{EventRow, NewEvent};

/// The stream that the events belong to.
pub(super) struct Stream {
    id: Uuid,
    aggregate_type: &'static str,
    aggregate_id: String,
}

impl Stream {
    /// The stream of the aggregate with this id, which the log calls `aggregate_id`.
    pub(super) fn of<A: Aggregate>(id: Uuid, aggregate_id: String) -> Self {
        Self { id, aggregate_type: A::TYPE, aggregate_id }
    }
}

/// The new state (nothing if there is none to store), and the outcome.
pub(super) type Built<S> = (Option<Arc<Versioned<S>>>, Outcome);

/// Builds the outcome of decided events: a refusal if the state becomes too large. Unless it is a
/// dry run, the events are appended to the chain.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "versions and positions count events, and nobody stores 2^63 of them"
)]
pub(super) fn build_outcome<S: Clone + Default + serde::Serialize>(
    batch_state: &mut BatchState<'_>,
    submission: &Submission,
    stream: &Stream,
    before: &Versioned<S>,
    state: S,
    events: Vec<NewEvent>,
) -> Result<Built<S>, StoreError> {
    let recorded_at = batch_state.now();
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let committed: Vec<_> = (1..)
        .zip(&events)
        .map(|(nth, event)| CommittedEvent {
            sequence: before.version + nth,
            position: batch_state.head.position + nth,
            payload: event.payload.clone(),
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
        position: batch_state.head.position + count,
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
    for (sequence, event) in (before.version + 1..).zip(events) {
        batch_state.append(EventRow {
            tenant: submission.tenant.id,
            aggregate_type: stream.aggregate_type,
            aggregate_id: stream.aggregate_id.clone(),
            sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            payload: event.payload,
            metadata: metadata.clone(),
            recorded_at,
            hash: [0; 32],
        });
    }
    Ok((Some(Arc::new(entry)), outcome))
}

/// The state after `count` more events.
fn changed<S: Clone>(
    submission: &Submission,
    before: &Versioned<S>,
    state: S,
    count: i64,
    at: chrono::DateTime<chrono::Utc>,
) -> Versioned<S> {
    if count == 0 {
        return before.clone();
    }
    let metadata = |name| submission.metadata.get(name).map(String::as_str);
    before.then(state, count, at, by(metadata("actor"), metadata("api_key")))
}

/// The state as a caller reads it.
fn current<S: serde::Serialize>(
    id: Uuid,
    entry: &Versioned<S>,
) -> Result<Option<Current>, StoreError> {
    let Some(stamp) = entry.stamp.clone() else { return Ok(None) };
    let state = to_json(&entry.state)?;
    Ok(Some(Current { id, version: entry.version, state, stamp }))
}
