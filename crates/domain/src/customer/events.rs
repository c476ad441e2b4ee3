//! The events of a customer. Their names and shapes are the storage format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::billing::{
    BillableStatus, BillingConfig, Integration, InvoiceDeliveryPatch, RevenueConfig,
};
use super::payment::{PaymentProfile, PaymentProfileChange};
use super::profile::{Config, ConfigPatch, Profile, ProfilePatch};
use super::tax::{RollupPatch, TaxPatch};
use super::values::{
    Aliases, CustomFieldKeys, CustomFields, ExternalId, Kind, Metadata, ShortText,
};
use crate::commands::events;
use crate::ids::{BillingConfigId, CustomerId, PaymentProfileId, RevenueConfigId};
use crate::list::Vacant;
use crate::time::Timestamp;

/// The content of a registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Registered {
    /// Who the customer is.
    pub profile: Profile,
    /// The tenant's own id of it.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub external_id: Option<ExternalId>,
    /// Other names that find it.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub aliases: Aliases,
    /// The tenant's own values.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub metadata: Metadata,
    /// Custom fields.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub custom_fields: CustomFields,
    /// The custom fields that have to be unique.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub unique_custom_fields: CustomFieldKeys,
    /// The customer's own settings.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub config: Config,
    /// Its parent.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub parent_customer_id: Option<CustomerId>,
}

events! {
    /// `event_about!(Topic)` is the pattern of all events about a topic: one of `Registration`,
    /// `Profile`, `Billing`, `Integrations`, `Payment`, `Tax`, `Hierarchy`, `Status`.
    #[macro_export]
    patterns customer_event_about in customer;
    Registration {
        /// The customer was registered.
        CustomerRegistered(Registered),
    }
    Profile {
        /// Its profile changed.
        ProfileUpdated(ProfilePatch),
        /// Its external id changed. The former one still finds it.
        ExternalIdChanged { external_id: Option<ExternalId> },
        /// These are all of its aliases.
        AliasesSet { aliases: Aliases },
        /// This is all of its metadata.
        MetadataReplaced { metadata: Metadata },
        /// These custom fields have these values. Those in `unique` have to be unique.
        CustomFieldsSet { fields: CustomFields, unique: CustomFieldKeys },
        /// These custom fields were removed.
        CustomFieldsDeleted { keys: CustomFieldKeys },
        /// Its own settings changed.
        ConfigUpdated(ConfigPatch),
    }
    Billing {
        /// A billing configuration was added.
        BillingConfigAdded(BillingConfig),
        /// A billing configuration was archived.
        BillingConfigArchived { id: BillingConfigId, archived_at: Timestamp },
        /// A revenue configuration was added.
        RevenueConfigAdded(RevenueConfig),
        /// A revenue configuration was archived.
        RevenueConfigArchived { id: RevenueConfigId, archived_at: Timestamp },
    }
    Integrations {
        /// It has this name in another system.
        IntegrationMapped(Integration),
        /// It no longer has this name in another system.
        IntegrationUnmapped { provider_type: Kind, provider_entity_id: ShortText },
    }
    Payment {
        /// The delivery of its invoices changed.
        InvoiceDeliveryUpdated(InvoiceDeliveryPatch),
        /// A payment profile was attached.
        PaymentProfileAttached(PaymentProfile),
        /// A payment profile changed.
        PaymentProfileUpdated(PaymentProfileChange),
        /// A payment profile was detached.
        PaymentProfileDetached { id: PaymentProfileId },
        /// This is its default payment profile.
        DefaultPaymentProfileSet { payment_profile_id: Option<PaymentProfileId>, auto_pay: bool },
    }
    Tax {
        /// Its tax settings changed.
        TaxSettingsSet(TaxPatch),
    }
    Hierarchy {
        /// The roll-up of its children's bills changed.
        RollupBillingSet(RollupPatch),
        /// This is its parent; `null` for none.
        ParentSet { parent_customer_id: Option<CustomerId> },
    }
    Status {
        /// Its usage is billed or not, since this time. `null` only after a revert to a version
        /// without one.
        BillableStatusSet { billable_status: Option<BillableStatus> },
        /// It was archived.
        CustomerArchived {},
        /// It was restored from the archive.
        CustomerRestored {},
    }
}
