//! PostgreSQL: the log, the writers that append to it, and the queries.
//!
//! The only crate with SQL. All writes go through [`Store::submit`]; [`writer`] describes how.
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

pub mod api_keys;
mod clock;
mod connect;
mod connections;
mod costly_settings;
pub mod cqrs;
mod cursors;
mod error;
mod fair;
mod history;
mod lanes;
pub mod log;
mod login;
mod memory;
mod migrate;
mod model;
pub mod operator_actions;
mod options;
mod outage;
mod partition;
pub mod projections;
mod queries;
mod read_pool;
mod reads;
mod remedy;
mod replica;
mod roles;
pub mod sessions;
mod statistics;
mod store;
pub mod tenants;
pub mod transfer;
pub mod writer;
mod written;

pub use connect::{Role, connect};
pub use connections::Usage;
pub use costly_settings::costly_settings;
pub use cursors::Cursors;
pub use error::{Outage, StoreError};
pub use history::{
    AuditEntry, CHANGED_SINCE_MAX, Cause, Change, ChangeQuery, EventQuery, Moment, SetField, Span,
};
pub use login::{SERVICE_LOGIN, prepare_login};
pub use migrate::{MIGRATOR, Schema, migrate, restrict_temporary, schema};
pub use model::{AnswerKey, Current, Document, Recorded, Reference, Rendered, TenantRef};
pub use options::{Limits, Options, ReplicaOptions};
pub use outage::OutageCause;
pub use partition::{PARTITIONS, Partition};
pub use projections::customer_list::labels::Field;
pub use projections::customer_list::words::Search;
pub use queries::*;
pub use reads::{Read, ReadSource};
pub use replica::ReplicaState;
pub use roles::create_roles;
pub use statistics::analyze_grown;
pub use store::{DatabaseHealth, LookupFor, News, Store};
pub use writer::size::STATE_BYTES_MAX;
pub use writer::submission::{
    Answer, ChangedSince, Committed, CommittedEvent, Expected, Idempotency, Metadata, Outcome,
    Pending, Refused, Render, Submission, Target,
};
