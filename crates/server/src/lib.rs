//! The service as a library: configuration, commands, embedded PostgreSQL, wiring.
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

mod background;
mod backup;
pub mod cli;
pub mod commands;
pub mod config;
pub mod database;
pub mod error;
pub mod explain;
pub mod keys;
pub mod listen;
mod log_key;
pub mod operator;
pub mod output;
pub mod postgres;
mod progress;
mod router;
mod secret_file;
mod sign_in;
mod signals;
pub mod telemetry;
pub mod tenants;

pub use router::{router, router_with};
