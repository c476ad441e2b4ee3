//! The service as a library: configuration, commands, embedded PostgreSQL, wiring.

pub mod cli;
pub mod commands;
pub mod config;
pub mod listen;
mod log_key;
pub mod postgres;
mod progress;
pub mod rebuilds;
mod secret_file;
pub mod telemetry;
