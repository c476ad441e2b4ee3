//! The native surface, `/v1`: each module has the routes of the path that it is called after.

pub(crate) mod audit;
pub(crate) mod billing_configs;
mod command_request;
pub(crate) mod commands;
pub(crate) mod customers;
mod document;
pub(crate) mod feed;
pub(crate) mod integration_links;
pub(crate) mod log;
mod moment;
pub(crate) mod tenant;
