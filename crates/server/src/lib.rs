//! The service as a library: configuration, commands, embedded PostgreSQL, wiring.

pub mod cli;
pub mod commands;
pub mod config;
pub mod listen;
pub mod postgres;
mod progress;
pub mod rebuilds;
pub mod telemetry;
