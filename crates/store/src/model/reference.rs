//! How a caller names a customer.

use domain::CustomerId;
use domain::customer::{Reservation, ReservationKind};

/// How a caller names a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reference {
    /// By its id.
    Id(CustomerId),
    /// By an external id; a former one resolves as long as nobody else holds it.
    External(String),
    /// By an alias.
    Alias(String),
}

impl Reference {
    /// The reservations whose holder is meant, the first that has one.
    pub(crate) fn reservations(&self) -> Vec<Reservation> {
        let (kinds, key): (&[ReservationKind], &str) = match self {
            Self::Id(_) => return Vec::new(),
            Self::External(key) => {
                (&[ReservationKind::ExternalId, ReservationKind::FormerExternalId], key)
            }
            Self::Alias(key) => (&[ReservationKind::Alias], key),
        };
        kinds.iter().map(|kind| Reservation::new(*kind, key)).collect()
    }
}
