//! Read models that follow the log, and what it takes to add one.
//!
//! A projection is one file here and one migration. The file says what it is called, which tables it
//! has, and which rows an event makes; the migration makes the tables and ends in
//! `select register_projection(…)`. Following the log, sharing the work among instances, rebuilding,
//! comparing and parking are the same for all and know nothing of any one of them.
//!
//! A projection's logic is a pure function of one customer's history: it sees each event with the
//! state before and after. So customers can be folded in any order, and in parallel.

mod audit_entries;
mod billing_configurations;
mod binary;
pub(crate) mod customer_list;
mod customer_snapshots;
mod customers;
mod fact;
mod field_changes;
mod fold;
pub(crate) mod follow;
mod generation;
mod integration_links;
mod parked;
pub mod rebuild;
mod row;
mod rows;
mod status;
mod table;
mod verify;

pub use parked::{Parked, ParkedAt, Unparked, parked, parked_customer, parked_in, unpark};
pub use status::{LoadRate, Status, list};
pub use verify::{Finding, Served, VerifiedTable, VerifiedView, verify_served};

pub(crate) use fact::{Fact, Key, Who};
pub(crate) use row::{Cell, Type, cell};
pub(crate) use rows::Rows;
pub(crate) use table::Table;

use domain::customer::Customer;

use crate::entry::Entry;

/// What a projection is made of.
pub(crate) trait Projection: Sync {
    /// Its name: that of its row in `projections`, and what operators call it.
    fn name(&self) -> &'static str;

    /// The version of its logic. Raised whenever the same events would make other rows: generations
    /// made by another logic are not followed but have to be rebuilt.
    fn logic_version(&self) -> i32;

    /// Its tables.
    fn tables(&self) -> &'static [&'static Table];

    /// Whether it sees each event. One that doesn't only sees customers as they are after some.
    fn sees_events(&self) -> bool {
        true
    }

    /// Whether its rows say who did something. The metadata of events aren't read to rebuild one whose
    /// rows don't.
    fn sees_who(&self) -> bool {
        true
    }

    /// Puts the rows that an event makes or replaces.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer in this projection, at this event.
    fn event(&self, _fact: &Fact<'_>, _rows: &mut Rows) -> Result<(), CannotApply> {
        Ok(())
    }

    /// Puts the rows that show a customer as it is after the last of some events: for projections
    /// that don't care how it came to be so.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer in this projection, at the first of those events.
    fn customer(
        &self,
        _key: &Key,
        _now: &Entry<Customer>,
        _rows: &mut Rows,
    ) -> Result<(), CannotApply> {
        Ok(())
    }
}

/// Why an event makes no row.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CannotApply(pub(crate) String);

impl From<serde_json::Error> for CannotApply {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// The projections that follow the log.
pub(crate) const FOLLOWING: &[&dyn Projection] = &[
    &audit_entries::AuditEntries,
    &billing_configurations::BillingConfigurations,
    &customer_list::CustomerList,
    &customer_snapshots::CustomerSnapshots,
    &field_changes::FieldChanges,
    &integration_links::IntegrationLinks,
];

/// The current state, whose live generation the append keeps up to date. It is like the others only
/// while it is being rebuilt.
pub(crate) const CUSTOMERS: &dyn Projection = &customers::Customers;

/// The names of all projections, the current state's included.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(Projection::name)
}

/// This version's logic of the projection called `name`; nothing when it has no such projection.
/// Live generations of another logic aren't followed by this version.
#[must_use]
pub fn logic_version(name: &str) -> Option<i32> {
    find(name).map(Projection::logic_version)
}

/// The projection called `name`, if there is one.
pub(crate) fn find(name: &str) -> Option<&'static dyn Projection> {
    all().find(|projection| projection.name() == name)
}

/// Every projection, the current state included.
pub(crate) fn all() -> impl Iterator<Item = &'static dyn Projection> {
    FOLLOWING.iter().copied().chain([CUSTOMERS])
}
