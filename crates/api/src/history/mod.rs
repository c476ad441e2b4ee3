//! What has happened: a tenant's audit, and how events are shown.

mod audit;
mod event;

pub(crate) use audit::audit;
