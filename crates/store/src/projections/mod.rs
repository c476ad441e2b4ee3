//! Read models that follow the log, and how to add one.
//!
//! A projection is one file here and one migration. The file has its name, its tables, and the rows
//! of each event. The migration creates the tables and ends in `select register_projection(…)`.
//! Following the log, sharing the work among instances, rebuilding, comparing and parking work the
//! same for every projection.
//!
//! A projection is a pure function of one customer's history: it sees each event with the state
//! before and after. So customers can be folded in any order, and in parallel.
//!
//! A program adds projections of its own as views of cqrs-es: see [`crate::cqrs`].

mod audit_entries;
mod billing_configurations;
mod binary;
pub(crate) mod cell;
mod counts;
pub(crate) mod customer_list;
mod customer_snapshots;
mod customers;
pub(crate) mod event_context;
mod field_changes;
mod fold;
pub(crate) mod follow;
mod generation;
mod integration_links;
pub(crate) mod own_state;
mod parked;
pub(crate) mod projection;
pub mod rebuild;
pub(crate) mod registry;
pub(crate) mod row;
pub(crate) mod rows;
mod status;
pub(crate) mod table;
mod verify;

pub use parked::{Parked, ParkedAt, Unparked, parked, parked_customer, parked_in, unpark};
pub use status::{LoadRate, Status, list};
pub use verify::{Finding, Served, VerifiedTable, VerifiedView, verify_served};

pub use registry::Projections;
