//! The harness: one private PostgreSQL for all tests of a process, a database for each test, and a
//! service over it that is called in-process or over TCP.
#![expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "what asserts is called for what it asserts"
)]

mod app;
mod chance;
mod changes;
mod database;
mod draft;
mod head;
mod log;
mod older;
mod proxy;
mod reply;
mod sound;
mod standby;

pub use app::{TestApp, log_key};
pub use chance::Chance;
pub use changes::changes_of;
pub use database::TestDatabase;
pub use draft::{Draft, define_custom_field};
pub use head::{HeldHead, until_blocked, until_taken};
pub use log::Log;
pub use older::{full_names, store_behind};
pub use proxy::{Door, Fault, Proxy};
pub use reply::Reply;
pub use sound::{Found, expect_sound, expect_sound_with, idle_in_transaction};
pub use standby::Standby;

/// A customer's id that is easy to recognise in a failure.
#[must_use]
pub fn customer_id(number: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0190_a0a0_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

/// A path with a query that has these parameters, encoded.
///
/// # Panics
///
/// When it isn't a path.
#[must_use]
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params(&format!("http://x{path}"), parameters);
    let url = url.expect("a path");
    url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}
