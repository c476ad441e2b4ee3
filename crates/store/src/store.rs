//! The store: writers, readers, and the queries.

mod audit;
mod coalescer;
mod current;
mod handle;
mod head_rounds;
mod health;
mod history;
mod key_limits;
mod keys;
mod operators;
mod pools;
mod proofs;
mod readiness;
mod remembered;
mod retention;
mod search;
mod sessions;
mod views;

pub use self::audit::News;
pub use self::handle::Store;
pub use self::health::DatabaseHealth;
pub use self::pools::LookupFor;
