//! What a tenant is now.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::always_valid;
use crate::customer::CustomFieldKey;
use crate::ids::DeliveryMethodId;
use crate::list::Vacant;
use crate::object::object;
use crate::provider::{Configuration, DeliveryMethod, Provider};
use crate::record::record;
use crate::text::text;
use crate::time::Timestamp;

/// The most delivery methods of a tenant that are not archived.
pub const DELIVERY_METHODS_MAX: usize = 100;
/// How many archived delivery methods the state keeps; the log keeps them all.
pub const ARCHIVED_DELIVERY_METHODS_KEPT: usize = 100;
/// The most custom fields that a tenant ever defined; removed ones count.
pub const CUSTOM_FIELD_KEYS_MAX: usize = 200;

text! {
    /// A tenant's display name.
    pub struct TenantName, chars 1..=255;
}

/// Where a tenant is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// There is no such tenant yet.
    #[default]
    Unregistered,
    /// The tenant takes commands.
    Active,
}

always_valid!(TenantStatus);

record! {
    /// What applies to every customer that does not say otherwise.
    pub struct TenantSettings, patch TenantSettingsPatch {
        /// Whether invoices stay drafts at Stripe; absent means that they do.
        leave_stripe_invoices_in_draft: Option<bool>,
    }
}

object! {
    /// A way in which documents get from this tenant to a billing provider.
    pub struct TenantDeliveryMethod {
        must {
            /// The delivery method's id.
            id: DeliveryMethodId,
            /// Which provider.
            provider: Provider,
            /// How.
            delivery_method: DeliveryMethod,
        }
        may {
            /// What has to be known for it: accounts, queues, options.
            configuration: Configuration,
            /// Since when it is no longer used; absent means that it is.
            archived_at: Option<Timestamp>,
        }
    }
}

object! {
    /// A custom field that customers can have.
    pub struct CustomFieldDefinition {
        must {
            /// The field's name.
            key: CustomFieldKey,
            /// Whether no two customers can have the same value.
            enforce_uniqueness: bool,
        }
        may {
            /// Whether it was removed: customers keep their values, and get no new ones.
            removed: Removed,
        }
    }
}

/// Whether a custom field was removed. `false` is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Removed(pub bool);

always_valid!(Removed);

impl Vacant for Removed {
    fn is_vacant(&self) -> bool {
        !self.0
    }
}

/// A tenant. The default is one that was never created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Tenant {
    /// Where it is in its life.
    pub status: TenantStatus,
    /// Its display name.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub name: Option<TenantName>,
    /// What applies to every customer that does not say otherwise.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub settings: TenantSettings,
    /// How documents get to billing providers; the latest archived ones too.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub delivery_methods: Vec<TenantDeliveryMethod>,
    /// The custom fields that customers can have; removed ones too.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub custom_field_keys: Vec<CustomFieldDefinition>,
}

impl Tenant {
    /// The custom field called `key`, if customers can be given it.
    #[must_use]
    pub fn custom_field(&self, key: &CustomFieldKey) -> Option<&CustomFieldDefinition> {
        self.custom_field_keys.iter().find(|field| field.key == *key && !field.removed.0)
    }

    /// The delivery methods in use for `provider`.
    pub fn delivery_methods_for(
        &self,
        provider: Provider,
    ) -> impl Iterator<Item = &TenantDeliveryMethod> {
        let methods = self.delivery_methods.iter();
        methods.filter(move |method| method.provider == provider && method.archived_at.is_none())
    }
}
