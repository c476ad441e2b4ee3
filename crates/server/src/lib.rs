//! server

pub mod cli;
pub mod config;
pub mod listen;
pub mod telemetry;
