//! Integration tests on a real PostgreSQL, a database each.

mod access;
mod bulk;
mod commands;
mod conditional;
mod contention;
mod database_roles;
mod hierarchy;
mod idempotency;
mod lifecycle;
mod log;
mod metadata;
mod names;
mod postgres_es;
mod tenancy;
mod together;
mod uncertain;
mod unfit;
mod writer;
