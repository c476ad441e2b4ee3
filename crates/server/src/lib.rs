//! The service as a library: configuration, commands, embedded PostgreSQL, wiring.

pub mod cli;
pub mod commands;
pub mod config;
pub mod listen;
pub mod postgres;
pub mod telemetry;
