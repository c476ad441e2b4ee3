//! Every projection of this version.

use super::projection::Projection;
use super::{
    audit_entries, billing_configurations, customer_list, customer_snapshots, customers,
    field_changes, integration_links,
};

/// The projections that follow the log.
pub(crate) const FOLLOWING: &[&dyn Projection] = &[
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

/// The names of all projections, including the current state.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(Projection::name)
}

/// The version of the logic of the projection called `name`, if it exists. Live generations of
/// another logic are not followed.
#[must_use]
pub fn logic_version(name: &str) -> Option<i32> {
    find(name).map(Projection::logic_version)
}

/// The projection called `name`, if it exists.
pub(crate) fn find(name: &str) -> Option<&'static dyn Projection> {
    all().find(|projection| projection.name() == name)
}

/// Every projection, including the current state.
pub(crate) fn all() -> impl Iterator<Item = &'static dyn Projection> {
    FOLLOWING.iter().copied().chain([CUSTOMERS])
}
