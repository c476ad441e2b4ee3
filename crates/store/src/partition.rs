//! The partition of the log that a tenant belongs to.

use std::fmt;

use domain::TenantId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The number of partitions. It never changes: it determined the partition of each tenant.
pub const PARTITIONS: i16 = 32;

/// One of the log's [`PARTITIONS`] gapless sequences, 0 to 31.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Partition(i16);

impl Partition {
    /// The partition of a new tenant. Later it is read from the tenant's key.
    #[must_use]
    pub fn of_new(tenant: TenantId) -> Self {
        let [first, ..]: [u8; 32] = Sha256::digest(tenant.0.as_bytes()).into();
        Self(i16::from(first) % PARTITIONS)
    }

    /// Partition `number`, if it exists.
    #[must_use]
    pub fn new(number: i16) -> Option<Self> {
        (0..PARTITIONS).contains(&number).then_some(Self(number))
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..PARTITIONS).map(Self)
    }

    /// Its number, as the tables have it.
    #[must_use]
    pub const fn number(self) -> i16 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0.unsigned_abs())
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
