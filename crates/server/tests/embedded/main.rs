//! The private PostgreSQL, through everything that happens to it.

mod custody;
mod disks;
mod kills;
mod refusals;
mod restarts;
mod service;
mod starts;
mod tls;
