//! The maximum size of a customer or tenant.

use crate::error::StoreError;
use crate::model::{Versioned, to_json};
use crate::writer::event_row::NewEvent;

/// The maximum size of a customer's or tenant's state as JSON, in bytes. A larger state can still
/// be read, and changed by commands that do not make it larger.
pub const STATE_BYTES_MAX: usize = 1 << 20;

/// An event makes a state at most twice the event's size plus this larger: members that the event
/// omits may be written as `null`.
const GROWTH_BYTES: usize = 512;

/// Events that are allowed at any size, so that a customer can always be archived.
const LIFECYCLE: [&str; 2] = ["CustomerArchived", "CustomerRestored"];

/// The size of a state.
pub(super) enum Size {
    /// At most this many bytes.
    AtMost(usize),
    /// This many bytes, which is too many.
    TooLarge(usize),
}

/// The size of `state`, which `events` lead to. The state is only serialised when the estimate
/// exceeds the maximum.
pub(super) fn measure<S: serde::Serialize>(
    before: &Versioned<S>,
    state: &S,
    events: &[NewEvent],
) -> Result<Size, StoreError> {
    let grown = |bytes: usize, event: &NewEvent| {
        bytes.saturating_add(event.payload.len().saturating_mul(2)).saturating_add(GROWTH_BYTES)
    };
    if let Some(before) = before.bytes_max {
        let bytes = events.iter().fold(before, grown);
        if bytes <= STATE_BYTES_MAX {
            return Ok(Size::AtMost(bytes));
        }
    }
    let bytes = to_json(state)?.len();
    let lifecycle = events.iter().all(|event| LIFECYCLE.contains(&&*event.event_type));
    if bytes > STATE_BYTES_MAX && !lifecycle && bytes > to_json(&before.state)?.len() {
        return Ok(Size::TooLarge(bytes));
    }
    Ok(Size::AtMost(bytes))
}
