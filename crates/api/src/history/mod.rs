//! One customer's history: its events, its changes, what it was, and why it is so.

mod blame;
mod changes;
mod diff;
pub(crate) mod event;
mod events;
mod moment;
mod span;

pub(crate) use blame::get_blame;
pub(crate) use changes::list_changes;
pub(crate) use diff::get_diff;
pub(crate) use events::list_events;
pub(crate) use moment::Asked;
