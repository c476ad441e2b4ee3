//! What has happened to a customer. The names and shapes are the storage format.

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

/// What a customer was registered with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Registered {
    /// Who the customer is.
    pub profile: Profile,
    /// The tenant's own id of it.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub external_id: Option<ExternalId>,
    /// Other names under which it can be found.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub aliases: Aliases,
    /// The tenant's own values.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub metadata: Metadata,
    /// Custom fields.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub custom_fields: CustomFields,
    /// Which of the custom fields have to be unique.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub unique_custom_fields: CustomFieldKeys,
    /// The customer's own settings.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub config: Config,
    /// The customer below which it was put.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub parent_customer_id: Option<CustomerId>,
}

events! {
    /// The customer exists.
    CustomerRegistered(Registered),
    /// It is someone else, or the same in other words.
    ProfileUpdated(ProfilePatch),
    /// It has another external id, or none. The former one still finds it.
    ExternalIdChanged { external_id: Option<ExternalId> },
    /// These are all of its aliases.
    AliasesSet { aliases: Aliases },
    /// This is all of its metadata.
    MetadataReplaced { metadata: Metadata },
    /// These custom fields have these values; of these, the ones in `unique` have to be unique.
    CustomFieldsSet { fields: CustomFields, unique: CustomFieldKeys },
    /// These custom fields are gone.
    CustomFieldsDeleted { keys: CustomFieldKeys },
    /// Its own settings are others.
    ConfigUpdated(ConfigPatch),
    /// It has one more billing configuration.
    BillingConfigAdded(BillingConfig),
    /// A billing configuration is no longer used.
    BillingConfigArchived { id: BillingConfigId, archived_at: Timestamp },
    /// It has one more revenue configuration.
    RevenueConfigAdded(RevenueConfig),
    /// A revenue configuration is no longer used.
    RevenueConfigArchived { id: RevenueConfigId, archived_at: Timestamp },
    /// It is called this in another system.
    IntegrationMapped(Integration),
    /// It is no longer called this in another system.
    IntegrationUnmapped { provider_type: Kind, provider_entity_id: ShortText },
    /// It gets its invoices in another way.
    InvoiceDeliveryUpdated(InvoiceDeliveryPatch),
    /// It has one more means of payment.
    PaymentProfileAttached(PaymentProfile),
    /// A means of payment is not what it was.
    PaymentProfileUpdated(PaymentProfileChange),
    /// A means of payment is gone.
    PaymentProfileDetached { id: PaymentProfileId },
    /// It pays with this one unless told otherwise.
    DefaultPaymentProfileSet { payment_profile_id: Option<PaymentProfileId>, auto_pay: bool },
    /// It is taxed otherwise.
    TaxSettingsSet(TaxPatch),
    /// Its children's bills are rolled up otherwise.
    RollupBillingSet(RollupPatch),
    /// It is below this customer, or on its own.
    ParentSet { parent_customer_id: Option<CustomerId> },
    /// Its usage is billed or not, since then; `null` only when a revert leads back to never said.
    BillableStatusSet { billable_status: Option<BillableStatus> },
    /// It is archived.
    CustomerArchived {},
    /// It is no longer archived.
    CustomerRestored {},
}
