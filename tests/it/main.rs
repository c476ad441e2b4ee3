//! Integration tests on a real PostgreSQL, a database each.

mod access;
mod bulk;
mod commands;
mod conditional;
mod hierarchy;
mod idempotency;
mod lifecycle;
mod metadata;
mod names;
mod tenancy;
mod together;
