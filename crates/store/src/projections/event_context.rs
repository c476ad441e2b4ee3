//! The context of an event: the states before and after, and who, when and why.

use chrono::{DateTime, Utc};
use domain::TenantId;
use domain::customer::{Customer, Event};

use crate::model::{Attribution, AuditStamp};

/// An event of a customer, with its context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventContext<'a> {
    /// The customer's tenant.
    pub(crate) tenant: TenantId,
    /// The version after the event.
    pub(crate) version: i64,
    /// The position in the partition.
    pub(crate) position: i64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) who: &'a Attribution,
    pub(crate) event: &'a Event,
    pub(crate) before: &'a Customer,
    pub(crate) after: &'a Customer,
    /// Who created the customer and made this change, and when.
    pub(crate) made: &'a AuditStamp,
}
