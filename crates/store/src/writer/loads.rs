//! What must be loaded before a submission can be decided.

use std::collections::HashSet;

use domain::customer::Reservation;
use domain::{CustomerId, TenantId};

use super::cache::CustomerKey;

/// A customer that gets a parent, and that parent.
pub(crate) type LineageKey = (TenantId, CustomerId, CustomerId);

/// What a batch needs and the writer does not have.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    pub(crate) tenants: HashSet<TenantId>,
    pub(crate) customers: HashSet<CustomerKey>,
    /// Keys whose holder is needed.
    pub(crate) reservations: HashSet<(TenantId, Reservation)>,
    /// Keys whose holder is needed with its state: callers named a customer by them.
    pub(crate) references: HashSet<(TenantId, Reservation)>,
    /// Idempotency keys.
    pub(crate) keys: HashSet<(TenantId, String)>,
    pub(crate) lineages: HashSet<LineageKey>,
}

impl Loads {
    pub(crate) fn is_empty(&self) -> bool {
        self.tenants.is_empty()
            && self.customers.is_empty()
            && self.reservations.is_empty()
            && self.references.is_empty()
            && self.keys.is_empty()
            && self.lineages.is_empty()
    }
}
