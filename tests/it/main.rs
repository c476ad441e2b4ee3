//! Integration tests on a real PostgreSQL, a database each.

mod commands;
mod contention;
mod database_roles;
mod log;
mod postgres_es;
mod uncertain;
mod unfit;
mod writer;
