//! The private PostgreSQL, through everything that happens to it.

mod kills;
mod refusals;
mod service;
mod starts;
