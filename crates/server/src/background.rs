//! Tasks that run beside the service, each for ever. Each can be aborted at any time.

pub(crate) mod health;
pub(crate) mod rebuilds;
pub(crate) mod retention;
pub(crate) mod statistics;
