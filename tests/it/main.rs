//! Integration tests on a real PostgreSQL, a database each.

mod access;
mod bulk;
mod bulk_long;
mod canary;
mod commands;
mod conditional;
mod contention;
mod database_roles;
mod following;
mod hierarchy;
mod idempotency;
mod input;
mod input_framing;
mod lifecycle;
mod log;
mod metadata;
mod names;
mod operations;
mod pipeline;
mod postgres_es;
mod seeds;
mod tenancy;
mod together;
mod uncertain;
mod unfit;
mod writer;
