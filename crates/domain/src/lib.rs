//! The rules of customers and tenants as pure functions: no clock, no randomness, no IO, no async.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod aggregate;
mod commands;
mod fields;
mod iso;
mod list;
mod object;
mod patch;
mod record;
#[cfg(test)]
mod stored;
#[cfg(test)]
mod testing;
mod time;

pub mod check;
pub mod customer;
pub mod ids;
pub mod json;
pub mod members;
pub mod provider;
pub mod tenant;
pub mod text;
pub mod upcast;

pub use commands::CommandSchema;
pub use ids::{CustomerId, TenantId};
pub use list::{Dict, Distinct, List, Vacant};
pub use patch::Patch;
pub use record::Slot;
pub use time::Timestamp;
