//! What a customer holds that others must not have, or by which it can be found.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::Customer;
use super::commands::Command;
use super::values::{CustomFieldKey, CustomFieldValue, Status, normal_form};
use crate::ids::CustomerId;

/// What kind of name a reservation is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReservationKind {
    /// The external id of an active customer.
    ExternalId,
    /// An external id that a customer had, or that an archived customer has. Many may have had it.
    FormerExternalId,
    /// An alias, of an archived customer too.
    Alias,
    /// The value of a custom field that has to be unique.
    CustomField,
}

impl ReservationKind {
    /// Every kind.
    pub const ALL: &[Self] =
        &[Self::ExternalId, Self::FormerExternalId, Self::Alias, Self::CustomField];

    /// The kind's name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::FormerExternalId => "former_external_id",
            Self::Alias => "alias",
            Self::CustomField => "custom_field",
        }
    }

    /// Whether only one customer of a tenant can hold a reservation of this kind.
    #[must_use]
    pub const fn exclusive(self) -> bool {
        match self {
            Self::ExternalId | Self::Alias | Self::CustomField => true,
            Self::FormerExternalId => false,
        }
    }
}

impl fmt::Display for ReservationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is not the name of a kind of reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of reservation")]
pub struct UnknownReservationKind;

impl FromStr for ReservationKind {
    type Err = UnknownReservationKind;

    fn from_str(name: &str) -> Result<Self, UnknownReservationKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownReservationKind)
    }
}

/// A hold on a name. Two names that look the same are the same reservation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reservation {
    /// What kind of name.
    pub kind: ReservationKind,
    /// The name in Unicode normal form C, at most
    /// [`RESERVATION_KEY_BYTES_MAX`](super::values::RESERVATION_KEY_BYTES_MAX) bytes.
    pub key: String,
}

impl Reservation {
    /// The reservation on `name`. Also how one looks up who holds it.
    #[must_use]
    pub fn new(kind: ReservationKind, name: &str) -> Self {
        Self { kind, key: normal_form(name) }
    }

    /// The reservation on the value of a unique custom field.
    ///
    /// The first `=` ends the key, so one in the key is escaped, and so is the escape itself.
    #[must_use]
    pub fn custom_field(key: &CustomFieldKey, value: &CustomFieldValue) -> Self {
        let key = key.as_str().replace('\\', "\\\\").replace('=', "\\=");
        Self::new(ReservationKind::CustomField, &format!("{key}={value}"))
    }
}

impl Customer {
    /// Everything that this customer holds; a pure function of its state.
    #[must_use]
    pub fn reservations(&self) -> BTreeSet<Reservation> {
        let kind = match self.status {
            Status::Unregistered => return BTreeSet::new(),
            Status::Active => ReservationKind::ExternalId,
            Status::Archived => ReservationKind::FormerExternalId,
        };
        let external_id = self.external_id.iter().map(|id| Reservation::new(kind, id.as_str()));
        let former = self.former_external_ids.iter();
        let former =
            former.map(|id| Reservation::new(ReservationKind::FormerExternalId, id.as_str()));
        let aliases =
            self.aliases.iter().map(|name| Reservation::new(ReservationKind::Alias, name.as_str()));
        let fields = self.custom_fields.iter();
        let fields = fields.filter(|(key, _)| self.unique_custom_fields.contains(*key));
        let fields = fields.map(|(key, value)| Reservation::custom_field(key, value));
        external_id.chain(former).chain(aliases).chain(fields).collect()
    }
}

impl Command {
    /// The reservations whose holders have to be among the context: all that the command may want, whether
    /// or not it turns out to be needed.
    #[must_use]
    pub fn wanted_reservations(
        &self,
        state: &Customer,
        past: Option<&Customer>,
    ) -> Vec<Reservation> {
        let external_id = |name: &str| Reservation::new(ReservationKind::ExternalId, name);
        let alias = |name: &str| Reservation::new(ReservationKind::Alias, name);
        match self {
            Self::RegisterCustomer(command) => {
                let ids = command.external_id.iter().map(|id| external_id(id.as_str()));
                let aliases = command.aliases.iter().map(|name| alias(name.as_str()));
                let fields = command.custom_fields.iter();
                let fields = fields.map(|(key, value)| Reservation::custom_field(key, value));
                ids.chain(aliases).chain(fields).collect()
            }
            Self::ChangeExternalId(command) => {
                command.external_id.iter().map(|id| external_id(id.as_str())).collect()
            }
            Self::SetAliases(command) => {
                command.aliases.iter().map(|name| alias(name.as_str())).collect()
            }
            Self::SetCustomFields(command) => {
                let fields = command.fields.iter();
                fields.map(|(key, value)| Reservation::custom_field(key, value)).collect()
            }
            Self::RestoreCustomer(_) => {
                state.external_id.iter().map(|id| external_id(id.as_str())).collect()
            }
            Self::RevertTo(_) => past.map(reservations_of_past).unwrap_or_default(),
            Self::UpdateProfile(_)
            | Self::ReplaceMetadata(_)
            | Self::DeleteCustomFields(_)
            | Self::UpdateConfig(_)
            | Self::AddBillingConfig(_)
            | Self::ArchiveBillingConfigs(_)
            | Self::AddRevenueConfig(_)
            | Self::ArchiveRevenueConfigs(_)
            | Self::MapIntegration(_)
            | Self::UnmapIntegration(_)
            | Self::UpdateInvoiceDelivery(_)
            | Self::AttachPaymentProfile(_)
            | Self::UpdatePaymentProfile(_)
            | Self::DetachPaymentProfile(_)
            | Self::SetDefaultPaymentProfile(_)
            | Self::SetTaxSettings(_)
            | Self::SetRollupBilling(_)
            | Self::SetParent(_)
            | Self::SetBillableStatus(_)
            | Self::ArchiveCustomer(_) => vec![],
        }
    }

    /// The parent whose lineage has to be among the context.
    #[must_use]
    pub fn wanted_parent(&self, state: &Customer, past: Option<&Customer>) -> Option<CustomerId> {
        let parent = if let Self::RegisterCustomer(command) = self {
            command.parent_customer_id
        } else if let Self::SetParent(command) = self {
            command.parent_customer_id
        } else if let Self::RevertTo(_) = self {
            past.and_then(|past| past.parent_customer_id)
        } else {
            None
        };
        parent.filter(|parent| state.parent_customer_id != Some(*parent))
    }
}

/// What an earlier state held, as it would hold it now: active, and whatever is unique today.
fn reservations_of_past(past: &Customer) -> Vec<Reservation> {
    let external_id = past.external_id.iter();
    let external_id =
        external_id.map(|id| Reservation::new(ReservationKind::ExternalId, id.as_str()));
    let aliases =
        past.aliases.iter().map(|name| Reservation::new(ReservationKind::Alias, name.as_str()));
    let fields = past.custom_fields.iter();
    let fields = fields.map(|(key, value)| Reservation::custom_field(key, value));
    external_id.chain(aliases).chain(fields).collect()
}

#[cfg(test)]
mod tests;
