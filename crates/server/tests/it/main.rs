//! The private PostgreSQL and the listener, from outside.

mod custody;
mod disks;
mod kills;
mod listen;
mod refusals;
mod restarts;
mod service;
mod starts;
mod tls;
