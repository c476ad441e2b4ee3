//! Labels: values by which lists are filtered, each as one number.
//!
//! All filters on values become one condition: whether an array contains some elements. One index
//! answers it. The tenant is part of a label, so labels of other tenants never match.

use std::borrow::Cow;

use domain::TenantId;
use domain::text::{email_key, key};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::phones::phone_key;

/// The filters of a list of customers, besides times.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Field {
    /// Its status, as in its document.
    Status,
    /// Its whole name.
    Name,
    /// Its main e-mail address.
    Email,
    /// Its current external id.
    ExternalId,
    /// Its kind of party.
    Type,
    /// The country of its own address.
    Country,
    /// The currency of its invoices.
    Currency,
    /// The id of its parent.
    Parent,
    /// Whether its usage is billed: `billable` (the default) or `unbillable`.
    Billable,
    /// Who created it.
    CreatedBy,
    /// Who changed it last.
    UpdatedBy,
    /// Its account at Salesforce.
    SalesforceAccount,
    /// The legal name of its organisation.
    OrgName,
    /// Its title.
    Title,
    /// Its telephone number, however it is written.
    Phone,
    /// Who looks after it.
    Owner,
    /// Whether it is excluded from business figures: `true` or `false` (the default).
    ExcludeFromMetrics,
    /// Whether another system is its master: `true` or `false` (the default).
    ManagedExternally,
    /// Whether it has a parent: `true` or `false` (the default).
    HasParent,
    /// One of its tags.
    Tag,
    /// The provider of a billing configuration in use.
    Provider,
    /// The value under this key of its metadata: a text itself, any other value as compact JSON.
    Metadata(String),
    /// A key of its metadata.
    MetadataKey,
    /// The value of this custom field.
    CustomField(String),
}

impl Field {
    /// What is compared of a value: texts that are spelled in two ways are one.
    pub(crate) fn key<'a>(&self, value: &'a str) -> Cow<'a, str> {
        if *self == Self::Email {
            email_key(value)
        } else if *self == Self::Phone {
            Cow::Owned(phone_key(value))
        } else {
            key(value)
        }
    }

    /// The part of the hash for the field: its name, and its key if it has one. Stored, so it never
    /// changes.
    fn parts(&self) -> [Cow<'_, str>; 2] {
        let [name, of] = self.names();
        [Cow::Borrowed(name), key(of)]
    }

    fn names(&self) -> [&str; 2] {
        match self {
            Self::Status => ["status", ""],
            Self::Name => ["name", ""],
            Self::Email => ["email", ""],
            Self::ExternalId => ["external_id", ""],
            Self::Type => ["type", ""],
            Self::Country => ["country", ""],
            Self::Currency => ["currency", ""],
            Self::Parent => ["parent", ""],
            Self::Billable => ["billable", ""],
            Self::CreatedBy => ["created_by", ""],
            Self::UpdatedBy => ["updated_by", ""],
            Self::SalesforceAccount => ["salesforce_account", ""],
            Self::OrgName => ["org_name", ""],
            Self::Title => ["title", ""],
            Self::Phone => ["phone", ""],
            Self::Owner => ["owner", ""],
            Self::ExcludeFromMetrics => ["exclude_from_metrics", ""],
            Self::ManagedExternally => ["managed_externally", ""],
            Self::HasParent => ["has_parent", ""],
            Self::Tag => ["tag", ""],
            Self::Provider => ["provider", ""],
            Self::Metadata(key) => ["metadata", key],
            Self::MetadataKey => ["metadata_key", ""],
            Self::CustomField(key) => ["custom_field", key],
        }
    }
}

/// The label of a field's value, by its key: 128 bits of a SHA-256, so that different values don't collide.
pub(crate) fn label(tenant: TenantId, field: &Field, value: &str) -> Uuid {
    let mut hash = Sha256::new().chain_update(tenant.0.as_bytes());
    for part in field.parts() {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(&*part);
    }
    let digest = hash.chain_update(&*field.key(value)).finalize();
    let half = digest.iter().take(16);
    Uuid::from_u128(half.fold(0, |label, byte| (label << 8) | u128::from(*byte)))
}
