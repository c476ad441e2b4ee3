//! The events of a tenant, and the state that each leads to.

use serde::{Deserialize, Serialize};

use super::api_key::{ApiKeyId, CreatedApiKey};
use super::provenance::Provenance;
use super::state::{
    ARCHIVED_DELIVERY_METHODS_KEPT, CustomFieldDefinition, Removed, Tenant, TenantDeliveryMethod,
    TenantName, TenantSettingsPatch, TenantStatus,
};
use crate::commands::events;
use crate::customer::CustomFieldKey;
use crate::ids::DeliveryMethodId;
use crate::time::Timestamp;

events! {
    patterns event_about in tenant;
    Tenant {
        /// The tenant was created.
        TenantCreated { name: TenantName },
        /// It has another name.
        TenantRenamed { name: TenantName },
        /// The settings that its customers share changed.
        TenantSettingsUpdated(TenantSettingsPatch),
    }
    Delivery {
        /// A delivery method was added.
        DeliveryMethodAdded(TenantDeliveryMethod),
        /// A delivery method was archived.
        DeliveryMethodArchived { id: DeliveryMethodId, archived_at: Timestamp },
    }
    CustomFields {
        /// Customers can get values of this custom field.
        CustomFieldKeyAdded { key: CustomFieldKey, enforce_uniqueness: bool },
        /// Customers can no longer get values of this custom field.
        CustomFieldKeyRemoved { key: CustomFieldKey },
    }
    ApiKeys {
        /// An API key was created.
        ApiKeyCreated(CreatedApiKey),
        /// An API key was revoked.
        ApiKeyRevoked { key_id: ApiKeyId },
    }
    Import {
        /// All events before this one were imported from another database.
        TenantImported(Provenance),
    }
}

impl Tenant {
    /// The state after one more event. Never fails: what has happened cannot be refused.
    #[must_use]
    pub fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::TenantCreated { name } => {
                self.status = TenantStatus::Active;
                self.name = Some(name);
            }
            Event::TenantRenamed { name } => self.name = Some(name),
            Event::TenantSettingsUpdated(patch) => self.settings.apply(patch),
            Event::DeliveryMethodAdded(method) => {
                self.delivery_methods.retain(|known| known.id != method.id);
                self.delivery_methods.push(method);
            }
            Event::DeliveryMethodArchived { id, archived_at } => {
                self.archive_delivery_method(id, archived_at);
            }
            Event::CustomFieldKeyAdded { key, enforce_uniqueness } => {
                let field =
                    CustomFieldDefinition { key, enforce_uniqueness, removed: Removed(false) };
                let mut known = self.custom_field_keys.iter_mut();
                match known.find(|known| known.key == field.key) {
                    Some(known) => *known = field,
                    None => self.custom_field_keys.push(field),
                }
            }
            Event::CustomFieldKeyRemoved { key } => {
                let mut known = self.custom_field_keys.iter_mut();
                if let Some(known) = known.find(|known| known.key == key) {
                    known.removed = Removed(true);
                }
            }
            // No rule needs these. The store keeps the keys.
            event_about!(ApiKeys) | event_about!(Import) => {}
        }
        self
    }

    /// Archives a delivery method. If too many are archived, forgets the one archived first.
    fn archive_delivery_method(&mut self, id: DeliveryMethodId, archived_at: Timestamp) {
        let methods = &mut self.delivery_methods;
        if let Some(index) = methods.iter().position(|method| method.id == id) {
            // Moved to the end, so that archived ones stay in the order of archiving.
            let mut method = methods.remove(index);
            method.archived_at = Some(archived_at);
            methods.push(method);
        }
        let archived = |method: &TenantDeliveryMethod| method.archived_at.is_some();
        if methods.iter().filter(|method| archived(method)).count() > ARCHIVED_DELIVERY_METHODS_KEPT
            && let Some(oldest) = methods.iter().position(archived)
        {
            methods.remove(oldest);
        }
    }
}
