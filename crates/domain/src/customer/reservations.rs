//! The names that a customer holds: others cannot have them, or find the customer by them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::Customer;
use super::commands::{Command, command_about};
use super::values::{Aliases, CustomFieldKey, CustomFieldValue, ExternalId, Status};
use crate::ids::CustomerId;
use crate::text;

/// The kind of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReservationKind {
    /// The external id of an active customer.
    ExternalId,
    /// An external id that a customer had, or that an archived customer has. Many may have had it.
    FormerExternalId,
    /// An alias, of an archived customer too.
    Alias,
    /// The value of a unique custom field.
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

/// A text that is not the name of a kind of reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of reservation")]
pub struct UnknownReservationKind;

impl FromStr for ReservationKind {
    type Err = UnknownReservationKind;

    fn from_str(name: &str) -> Result<Self, UnknownReservationKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownReservationKind)
    }
}

/// A name that a customer holds. Two spellings that look the same are one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reservation {
    /// What kind of name.
    pub kind: ReservationKind,
    /// The name in Unicode normal form C, at most
    /// [`RESERVATION_KEY_BYTES_MAX`](super::values::RESERVATION_KEY_BYTES_MAX) bytes.
    pub key: String,
}

impl Reservation {
    /// The reservation of `name`. Also the key to look up who holds it.
    #[must_use]
    pub fn new(kind: ReservationKind, name: &str) -> Self {
        Self { kind, key: text::key(name).into_owned() }
    }

    /// The reservation of the value of a unique custom field.
    ///
    /// The first `=` ends the key. So `=` in the key is escaped, and so is the escape character.
    #[must_use]
    pub fn custom_field(key: &CustomFieldKey, value: &CustomFieldValue) -> Self {
        let key = key.as_str().replace('\\', "\\\\").replace('=', "\\=");
        Self::new(ReservationKind::CustomField, &format!("{key}={value}"))
    }
}

impl Customer {
    /// Every name that this customer holds. Depends on nothing but its state.
    #[must_use]
    pub fn reservations(&self) -> BTreeSet<Reservation> {
        let kind = match self.status {
            Status::Unregistered => return BTreeSet::new(),
            Status::Active => ReservationKind::ExternalId,
            Status::Archived => ReservationKind::FormerExternalId,
        };
        let former = self.former_external_ids.iter();
        let fields = self.custom_fields.iter();
        external_id(kind, self.external_id.as_ref())
            .chain(
                former.map(|id| Reservation::new(ReservationKind::FormerExternalId, id.as_str())),
            )
            .chain(aliases(&self.aliases))
            .chain(custom_fields(
                fields.filter(|(key, _)| self.unique_custom_fields.contains(*key)),
            ))
            .collect()
    }
}

impl Command {
    /// The names whose holders the command may need in its context, whether or not the decision
    /// then depends on them.
    #[must_use]
    pub fn wanted_reservations(
        &self,
        state: &Customer,
        past: Option<&Customer>,
    ) -> Vec<Reservation> {
        let current = ReservationKind::ExternalId;
        match self {
            Self::RegisterCustomer(command) => external_id(current, command.external_id.as_ref())
                .chain(aliases(&command.aliases))
                .chain(custom_fields(command.custom_fields.iter()))
                .collect(),
            Self::UpsertCustomer(command) => external_id(current, command.external_id.as_ref())
                .chain(command.aliases.iter().flat_map(aliases))
                .chain(custom_fields(command.custom_fields.iter()))
                .collect(),
            Self::ChangeExternalId(command) => {
                external_id(current, command.external_id.as_ref()).collect()
            }
            Self::SetAliases(command) => aliases(&command.aliases).collect(),
            Self::SetCustomFields(command) => custom_fields(command.fields.iter()).collect(),
            Self::RestoreCustomer(_) => external_id(current, state.external_id.as_ref()).collect(),
            // The tenant decides today which custom fields are unique, so the context contains all.
            Self::RevertTo(_) => past.map_or(vec![], |past| {
                external_id(current, past.external_id.as_ref())
                    .chain(aliases(&past.aliases))
                    .chain(custom_fields(past.custom_fields.iter()))
                    .collect()
            }),
            // Also the present external id: undoing an archiving takes it again.
            Self::UndoEvent(_) => past.map_or(vec![], |past| {
                external_id(current, past.external_id.as_ref())
                    .chain(external_id(current, state.external_id.as_ref()))
                    .chain(aliases(&past.aliases))
                    .chain(custom_fields(past.custom_fields.iter()))
                    .collect()
            }),
            Self::UpdateProfile(_)
            | Self::ReplaceMetadata(_)
            | Self::UpdateMetadata(_)
            | Self::DeleteCustomFields(_)
            | Self::UpdateConfig(_)
            | Self::SetBillableStatus(_)
            | Self::ArchiveCustomer(_)
            | command_about!(Billing)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Hierarchy) => vec![],
        }
    }

    /// The new parent whose lineage the command needs in its context.
    #[must_use]
    pub fn wanted_parent(&self, state: &Customer, past: Option<&Customer>) -> Option<CustomerId> {
        let parent = match self {
            Self::RegisterCustomer(command) => command.parent_customer_id,
            Self::UpsertCustomer(command) => command.parent_customer_id.value().copied(),
            Self::SetParent(command) => command.parent_customer_id,
            Self::RevertTo(_) | Self::UndoEvent(_) => past.and_then(|past| past.parent_customer_id),
            Self::SetRollupBilling(_)
            | command_about!(Profile)
            | command_about!(Billing)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Status) => None,
        };
        parent.filter(|parent| state.parent_customer_id != Some(*parent))
    }
}

fn external_id(
    kind: ReservationKind,
    id: Option<&ExternalId>,
) -> impl Iterator<Item = Reservation> {
    id.into_iter().map(move |id| Reservation::new(kind, id.as_str()))
}

fn aliases(aliases: &Aliases) -> impl Iterator<Item = Reservation> {
    aliases.iter().map(|alias| Reservation::new(ReservationKind::Alias, alias.as_str()))
}

fn custom_fields<'a>(
    fields: impl Iterator<Item = (&'a CustomFieldKey, &'a CustomFieldValue)>,
) -> impl Iterator<Item = Reservation> {
    fields.map(|(key, value)| Reservation::custom_field(key, value))
}

#[cfg(test)]
mod tests;
