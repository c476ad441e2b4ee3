//! A place in a partition's log.

use super::hash::Hash;

/// The end of a partition's log at some moment. Two logs with the same mark have the same events, and current states that
/// were made by the same rebuild.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    pub(crate) position: i64,
    /// Raised when an append was lost, and when current states were rebuilt.
    pub(crate) fence: i64,
    /// The hash of the event at the position, which covers all events before it.
    pub(crate) hash: Hash,
}
