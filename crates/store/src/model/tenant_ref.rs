//! A tenant, and where its log is.

use domain::TenantId;

use crate::partition::Partition;

/// A tenant, and where its log is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TenantRef {
    /// Its id.
    pub id: TenantId,
    /// The partition that it lives in.
    pub partition: Partition,
}
