//! Integration tests on a real PostgreSQL, a database each.

mod commands;
mod together;
