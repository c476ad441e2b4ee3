//! How large a customer or tenant may become.

use super::conclude::Prepared;
use super::rows::to_json;
use crate::entry::Entry;
use crate::error::StoreError;

/// How many bytes the state of a customer or of a tenant may have as JSON. One that has more can still be
/// read, and changed by what does not make it larger.
pub const STATE_BYTES_MAX: usize = 1 << 20;

/// A state grows by an event by no more than twice what the event takes and this: members that the event
/// leaves out may be written as `null`.
const GROWTH_BYTES: usize = 512;

/// Events that may be appended to a customer of any size: it can always be archived.
const LIFECYCLE: [&str; 2] = ["CustomerArchived", "CustomerRestored"];

/// What is known of a state's size.
pub(super) enum Size {
    /// It has at most so many bytes.
    AtMost(usize),
    /// It has so many bytes, which are too many.
    TooLarge(usize),
}

/// How large `state` is, to which `events` lead. It is only written to be measured when it could be too
/// large by what was known of it before.
pub(super) fn measure<S: serde::Serialize>(
    before: &Entry<S>,
    state: &S,
    events: &[Prepared],
) -> Result<Size, StoreError> {
    let grown = |bytes: usize, (_, payload): &Prepared| {
        bytes.saturating_add(payload.len().saturating_mul(2)).saturating_add(GROWTH_BYTES)
    };
    if let Some(before) = before.bytes_max {
        let bytes = events.iter().fold(before, grown);
        if bytes <= STATE_BYTES_MAX {
            return Ok(Size::AtMost(bytes));
        }
    }
    let bytes = to_json(state)?.len();
    let lifecycle = events.iter().all(|(name, _)| LIFECYCLE.contains(name));
    if bytes > STATE_BYTES_MAX && !lifecycle && bytes > to_json(&before.state)?.len() {
        return Ok(Size::TooLarge(bytes));
    }
    Ok(Size::AtMost(bytes))
}
