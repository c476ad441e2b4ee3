//! The state of a tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
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
/// How many archived delivery methods the state keeps. The log keeps all.
pub const ARCHIVED_DELIVERY_METHODS_KEPT: usize = 100;
/// The most custom fields that a tenant can define, including removed ones.
pub const CUSTOM_FIELD_KEYS_MAX: usize = 200;

text! {
    /// A tenant's display name.
    pub struct TenantName, chars 1..=255;
}

/// The status of a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// The tenant does not exist yet.
    #[default]
    Unregistered,
    /// The tenant accepts commands.
    Active,
}

always_valid!(TenantStatus);

record! {
    /// The tenant's settings. Some apply to customers without their own.
    pub struct TenantSettings, patch TenantSettingsPatch {
        /// Whether invoices stay drafts at Stripe; absent means they do.
        leave_stripe_invoices_in_draft: Option<bool>,
        /// Whether every change needs an actor (`X-Actor`); absent means it does not.
        require_actor: Option<bool>,
        /// Whether every change needs a reason (`X-Reason`); absent means it does not.
        require_reason: Option<bool>,
    }
}

object! {
    /// How documents of this tenant reach a billing provider.
    pub struct TenantDeliveryMethod {
        must {
            /// The delivery method's id.
            id: DeliveryMethodId,
            /// The provider.
            provider: Provider,
            /// The delivery method.
            delivery_method: DeliveryMethod,
        }
        may {
            /// Its settings: accounts, queues, options.
            configuration: Configuration,
            /// When it was archived; absent means it is in use.
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
            /// Whether two customers must not have the same value.
            enforce_uniqueness: bool,
        }
        may {
            /// Whether it was removed. Customers keep their values and get no new ones.
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
    /// Whether it exists.
    pub status: TenantStatus,
    /// Its display name.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub name: Option<TenantName>,
    /// Its settings. Some apply to customers without their own.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub settings: TenantSettings,
    /// The delivery methods, including the latest archived ones.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub delivery_methods: Vec<TenantDeliveryMethod>,
    /// The custom fields that customers can have, including removed ones.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub custom_field_keys: Vec<CustomFieldDefinition>,
}

impl Tenant {
    /// Whether a change that does or does not name an actor and a reason is allowed.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when one is missing that the tenant requires.
    pub fn check_attribution(&self, has_actor: bool, has_reason: bool) -> Result<(), Refusal> {
        let requires = |setting: Option<bool>| setting == Some(true);
        if requires(self.settings.require_actor) && !has_actor {
            return Err(Refusal::ActorRequired);
        }
        if requires(self.settings.require_reason) && !has_reason {
            return Err(Refusal::ReasonRequired);
        }
        Ok(())
    }

    /// The custom field with this key, if it is defined and not removed.
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
