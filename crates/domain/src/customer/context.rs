//! What a decision depends on beyond the customer itself.

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

/// Everything outside the customer that a decision depends on. It is valid at the position of the
/// log at which the command is decided.
#[derive(Clone, Debug)]
pub struct DecisionContext {
    /// The customer of the command.
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
    /// The state at [`Command::undone_version`](super::Command::undone_version); `None` if there was none.
    pub undone: Option<Box<Customer>>,
}

impl DecisionContext {
    /// The context of a command that needs no reservations, no parent and no past.
    #[must_use]
    pub fn new(customer: CustomerId, now: DateTime<Utc>, tenant: Arc<Tenant>) -> Self {
        Self {
            customer,
            now,
            tenant,
            holders: HashMap::new(),
            lineage: None,
            past: None,
            undone: None,
        }
    }
}

/// The place of a new parent in the hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The new parent.
    pub parent: CustomerId,
    /// Whether it can be a parent.
    pub status: ParentStatus,
    /// Its ancestors without itself, nearest first. Archived ones count.
    pub ancestors: Vec<CustomerId>,
    /// Levels of descendants below the customer of the command; 0 if it has no children.
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
