//! The projections of a program.

use std::fmt;
use std::sync::Arc;

use super::projection::Projection;
use super::{
    audit_entries, billing_configurations, customer_list, customer_snapshots, customers,
    field_changes, integration_links,
};

/// The projections of this crate that follow the log.
const FOLLOWING: &[&dyn Projection] = &[
    &audit_entries::AuditEntries,
    &billing_configurations::BillingConfigurations,
    &customer_list::CustomerList,
    &customer_snapshots::CustomerSnapshots,
    &field_changes::FieldChanges,
    &integration_links::IntegrationLinks,
];

/// The current state. The append updates its live generation. It is like the others only during a
/// rebuild.
pub(crate) const CUSTOMERS: &dyn Projection = &customers::Customers;

/// The projections of a program: those of this crate, which are the default, and the views that the
/// program adds. Cheap to clone.
///
/// A live generation whose logic is of another version, or whose projection the program doesn't have,
/// isn't followed by it.
#[derive(Clone)]
pub struct Projections(Arc<[&'static dyn Projection]>);

impl Default for Projections {
    fn default() -> Self {
        Self(FOLLOWING.into())
    }
}

/// They are equal if they have the same names and versions.
impl PartialEq for Projections {
    fn eq(&self, other: &Self) -> bool {
        let named =
            |projection: &&'static dyn Projection| (projection.name(), projection.logic_version());
        self.0.iter().map(named).eq(other.0.iter().map(named))
    }
}

impl Eq for Projections {}

impl fmt::Debug for Projections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Projections {
    /// The names of all, the current state's included.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all().map(Projection::name)
    }

    /// The version of the logic of the one called `name`; nothing if the program doesn't have it.
    #[must_use]
    pub fn logic_version(&self, name: &str) -> Option<i32> {
        self.find(name).map(Projection::logic_version)
    }

    /// These and one more. It takes the place of an earlier one of the same name.
    pub(crate) fn and(&self, added: &'static dyn Projection) -> Self {
        let others = self.0.iter().copied().filter(|other| other.name() != added.name());
        Self(others.chain([added]).collect())
    }

    /// Those that follow the log.
    pub(crate) fn following(&self) -> &[&'static dyn Projection] {
        &self.0
    }

    /// All of them, the current state included.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static dyn Projection> {
        self.0.iter().copied().chain([CUSTOMERS])
    }

    /// The one called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<&'static dyn Projection> {
        self.all().find(|projection| projection.name() == name)
    }
}
