//! What has happened: to one customer, and in the whole tenant; what it was before, and why it is so.

mod audit;
mod blame;
mod changes;
mod diff;
pub(crate) mod event;
mod events;
mod feed;
mod moment;
mod span;
mod stream;

pub(crate) use audit::audit;
pub(crate) use blame::get_blame;
pub(crate) use changes::list_changes;
pub(crate) use diff::get_diff;
pub(crate) use events::list_events;
pub(crate) use feed::{WAIT_MAX, feed};
pub(crate) use moment::{Asked, permit_past};
pub(crate) use stream::EVENT_STREAM;
