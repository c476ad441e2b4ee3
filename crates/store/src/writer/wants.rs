//! What must be loaded before a submission can be decided.

use std::collections::HashSet;

use domain::customer::Reservation;
use domain::{CustomerId, TenantId};

use super::known::CustomerKey;

/// A customer that is to get a parent, and that parent.
pub(crate) type LineageKey = (TenantId, CustomerId, CustomerId);

/// Facts that a batch needs and the writer doesn't hold.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    pub(crate) tenants: HashSet<TenantId>,
    pub(crate) customers: HashSet<CustomerKey>,
    /// Keys whose holder must be known.
    pub(crate) claims: HashSet<(TenantId, Reservation)>,
    /// Keys whose holder must be known with its state: callers named a customer by them.
    pub(crate) references: HashSet<(TenantId, Reservation)>,
    /// Idempotency keys.
    pub(crate) keys: HashSet<(TenantId, String)>,
    pub(crate) lineages: HashSet<LineageKey>,
}

impl Wants {
    pub(crate) fn is_empty(&self) -> bool {
        self.tenants.is_empty()
            && self.customers.is_empty()
            && self.claims.is_empty()
            && self.references.is_empty()
            && self.keys.is_empty()
            && self.lineages.is_empty()
    }
}
