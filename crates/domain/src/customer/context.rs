//! What a rule needs to know beyond the customer itself.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Customer;
use super::reservations::Reservation;
use super::values::Status;
use crate::ids::CustomerId;
use crate::tenant::Tenant;

/// The most levels in a hierarchy of customers, counting top and bottom.
pub const HIERARCHY_DEPTH_MAX: usize = 8;

/// What a rule needs to know of the world outside this customer; right at the position of the log
/// against which the command is decided.
#[derive(Clone, Debug)]
pub struct DecisionContext {
    /// The customer decided on.
    pub customer: CustomerId,
    /// The database's time.
    pub now: DateTime<Utc>,
    /// The customer's tenant.
    pub tenant: Arc<Tenant>,
    /// Who holds the reservations of [`Command::wanted_reservations`](super::Command::wanted_reservations). A reservation that
    /// nobody holds is absent.
    pub holders: HashMap<Reservation, CustomerId>,
    /// Where the parent of [`Command::wanted_parent`](super::Command::wanted_parent) stands; `None` if
    /// no parent is wanted.
    pub lineage: Option<Lineage>,
    /// The state at [`Command::past_version`](super::Command::past_version); `None` if there was none.
    pub past: Option<Box<Customer>>,
}

impl DecisionContext {
    /// The context of a command that needs no reservations, no parent and no past.
    #[must_use]
    pub fn new(customer: CustomerId, now: DateTime<Utc>, tenant: Arc<Tenant>) -> Self {
        Self { customer, now, tenant, holders: HashMap::new(), lineage: None, past: None }
    }
}

/// Where a wanted parent stands in the hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The wanted parent.
    pub parent: CustomerId,
    /// Whether it can be one.
    pub status: ParentStatus,
    /// Its ancestors, nearest first, itself excluded; archived ones count.
    pub ancestors: Vec<CustomerId>,
    /// Levels of descendants below the customer decided on; 0 if it has no children.
    pub height_below: u32,
}

/// Whether a customer can be a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentStatus {
    /// It can.
    Active,
    /// It is archived.
    Archived,
    /// The tenant has no such customer.
    Unknown,
}

impl From<Status> for ParentStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Unregistered => Self::Unknown,
            Status::Active => Self::Active,
            Status::Archived => Self::Archived,
        }
    }
}

#[cfg(test)]
mod tests;
