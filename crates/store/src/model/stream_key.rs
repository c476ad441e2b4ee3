//! Which customer, and in which partition.

use domain::{CustomerId, TenantId};

use crate::partition::Partition;

/// Which customer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct StreamKey {
    pub(crate) partition: Partition,
    pub(crate) tenant: TenantId,
    pub(crate) customer: CustomerId,
}
