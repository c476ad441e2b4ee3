//! The harness: one private PostgreSQL for all tests of a process, a database for each test, and a
//! service over it that is called in-process or over TCP.
#![expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "what asserts is called for what it asserts"
)]

mod app;
mod database;
mod reply;

pub use app::TestApp;
pub use database::TestDatabase;
pub use reply::Reply;

/// A customer's id that is easy to recognise in a failure.
#[must_use]
pub fn customer_id(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0190_a0a0_0000_7000_8000_0000_0000_0000 + u128::from(number))
}
