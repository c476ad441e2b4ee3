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

pub mod cli;
pub mod commands;
pub mod config;
pub mod listen;
mod log_key;
pub mod postgres;
mod progress;
pub mod rebuilds;
mod router;
mod secret_file;
mod statistics;
pub mod telemetry;

pub use router::router;
