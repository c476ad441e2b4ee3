//! What has happened: a tenant's audit and its feed, and how events are shown.

mod audit;
mod event;
mod feed;
mod open;
mod stream;

pub(crate) use audit::{audit, find};
pub(crate) use feed::{WAIT_MAX, feed};
pub(crate) use open::{OPEN_MAX, Open};
pub(crate) use stream::EVENT_STREAM;
