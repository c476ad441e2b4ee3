//! What a customer holds that others must not have, or by which it can be found.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::Customer;
use super::commands::Command;
use super::values::{CustomFieldKey, CustomFieldValue, Status, normal_form};
use crate::ids::CustomerId;

/// What kind of name a claim is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimKind {
    /// The external id of an active customer.
    ExternalId,
    /// An external id that a customer had, or that an archived customer has. Many may have had it.
    FormerExternalId,
    /// An alias, of an archived customer too.
    Alias,
    /// The value of a custom field that has to be unique.
    CustomField,
}

impl ClaimKind {
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

    /// Whether only one customer of a tenant can hold a claim of this kind.
    #[must_use]
    pub const fn exclusive(self) -> bool {
        match self {
            Self::ExternalId | Self::Alias | Self::CustomField => true,
            Self::FormerExternalId => false,
        }
    }
}

impl fmt::Display for ClaimKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is not the name of a kind of claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of claim")]
pub struct UnknownClaimKind;

impl FromStr for ClaimKind {
    type Err = UnknownClaimKind;

    fn from_str(name: &str) -> Result<Self, UnknownClaimKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownClaimKind)
    }
}

/// A hold on a name. Two names that look the same are the same claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// What kind of name.
    pub kind: ClaimKind,
    /// The name in Unicode normal form C, at most
    /// [`CLAIM_KEY_BYTES_MAX`](super::values::CLAIM_KEY_BYTES_MAX) bytes.
    pub key: String,
}

impl Claim {
    /// The claim on `name`. Also how one looks up who holds it.
    #[must_use]
    pub fn new(kind: ClaimKind, name: &str) -> Self {
        Self { kind, key: normal_form(name) }
    }

    /// The claim on the value of a unique custom field.
    ///
    /// The first `=` ends the key, so one in the key is escaped, and so is the escape itself.
    #[must_use]
    pub fn custom_field(key: &CustomFieldKey, value: &CustomFieldValue) -> Self {
        let key = key.as_str().replace('\\', "\\\\").replace('=', "\\=");
        Self::new(ClaimKind::CustomField, &format!("{key}={value}"))
    }
}

impl Customer {
    /// Everything that this customer holds; a pure function of its state.
    #[must_use]
    pub fn claims(&self) -> BTreeSet<Claim> {
        let kind = match self.status {
            Status::Unregistered => return BTreeSet::new(),
            Status::Active => ClaimKind::ExternalId,
            Status::Archived => ClaimKind::FormerExternalId,
        };
        let external_id = self.external_id.iter().map(|id| Claim::new(kind, id.as_str()));
        let former = self.former_external_ids.iter();
        let former = former.map(|id| Claim::new(ClaimKind::FormerExternalId, id.as_str()));
        let aliases = self.aliases.iter().map(|name| Claim::new(ClaimKind::Alias, name.as_str()));
        let fields = self.custom_fields.iter();
        let fields = fields.filter(|(key, _)| self.unique_custom_fields.contains(*key));
        let fields = fields.map(|(key, value)| Claim::custom_field(key, value));
        external_id.chain(former).chain(aliases).chain(fields).collect()
    }
}

impl Command {
    /// The claims whose holders have to be among the facts: all that the command may want, whether
    /// or not it turns out to be needed.
    #[must_use]
    pub fn wanted_claims(&self, state: &Customer, past: Option<&Customer>) -> Vec<Claim> {
        let external_id = |name: &str| Claim::new(ClaimKind::ExternalId, name);
        let alias = |name: &str| Claim::new(ClaimKind::Alias, name);
        match self {
            Self::RegisterCustomer(command) => {
                let ids = command.external_id.iter().map(|id| external_id(id.as_str()));
                let aliases = command.aliases.iter().map(|name| alias(name.as_str()));
                let fields = command.custom_fields.iter();
                let fields = fields.map(|(key, value)| Claim::custom_field(key, value));
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
                fields.map(|(key, value)| Claim::custom_field(key, value)).collect()
            }
            Self::RestoreCustomer(_) => {
                state.external_id.iter().map(|id| external_id(id.as_str())).collect()
            }
            Self::RevertTo(_) => past.map(claims_of_past).unwrap_or_default(),
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

    /// The parent whose lineage has to be among the facts.
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
fn claims_of_past(past: &Customer) -> Vec<Claim> {
    let external_id = past.external_id.iter();
    let external_id = external_id.map(|id| Claim::new(ClaimKind::ExternalId, id.as_str()));
    let aliases = past.aliases.iter().map(|name| Claim::new(ClaimKind::Alias, name.as_str()));
    let fields = past.custom_fields.iter();
    let fields = fields.map(|(key, value)| Claim::custom_field(key, value));
    external_id.chain(aliases).chain(fields).collect()
}
