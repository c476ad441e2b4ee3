//! The service as a library: configuration, embedded PostgreSQL, wiring.

pub mod postgres;
