//! Integration tests on a real PostgreSQL, a database each.

mod access;
mod bulk;
mod bulk_long;
mod commands;
mod conditional;
mod hierarchy;
mod idempotency;
mod input;
mod input_framing;
mod lifecycle;
mod metadata;
mod names;
mod operations;
mod seeds;
mod tenancy;
mod together;
