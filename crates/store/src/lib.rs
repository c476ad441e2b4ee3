//! PostgreSQL: the log, the writer that appends to it, and the queries that read what it led to.
//!
//! The only crate that knows SQL. Everything that is written goes through [`Store::submit`]; see
//! [`writer`] for how.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod answers;
pub mod api_keys;
mod clock;
mod connect;
mod connections;
mod cursors;
mod entry;
mod error;
mod fair;
mod history;
pub mod log;
mod login;
mod migrate;
pub mod operator_actions;
mod outage;
mod partition;
pub mod projections;
mod queries;
mod read_lane;
mod reads;
mod statistics;
mod store;
pub mod tenants;
pub mod transfer;
pub mod writer;
mod written;

pub use answers::AnswerKey;
pub use connect::{Role, connect};
pub use cursors::Cursors;
pub use error::{Outage, StoreError};
pub use history::{
    CHANGED_SINCE_MAX, Cause, Change, ChangeQuery, EventQuery, Moment, Recorded, SetField, Span,
};
pub use login::{SERVICE_LOGIN, prepare_login};
pub use migrate::{MIGRATOR, migrate, restrict_temporary};
pub use outage::OutageCause;
pub use partition::{PARTITIONS, Partition};
pub use projections::customer_list::labels::Field;
pub use projections::customer_list::words::Search;
pub use queries::{
    After, Asked, AuditQuery, Between, BillingConfiguration, BillingQuery, Condition, Current,
    CustomerQuery, CustomerSearch, FeedPart, FeedQuery, Found, IntegrationLink, LinkQuery,
    NotedRead, PAGE_BYTES_MAX, Page, ReadQuery, Reference, Sort, Sought, Test, View,
};
pub use reads::{Read, Who};
pub use statistics::analyze_grown;
pub use store::{LookupFor, News, Options, Store};
pub use writer::Limits;
pub use writer::size::STATE_BYTES_MAX;
pub use writer::submission::{
    Answer, Committed, CommittedEvent, Expected, Idempotency, Metadata, Outcome, Pending, Refused,
    Render, Rendered, Submission, Target, TenantRef,
};
