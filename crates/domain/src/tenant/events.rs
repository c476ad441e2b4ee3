//! What has happened to a tenant, and what it makes of it.

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
    /// The tenant exists.
    TenantCreated { name: TenantName },
    /// It has another name.
    TenantRenamed { name: TenantName },
    /// Other things apply to customers that do not say otherwise.
    TenantSettingsUpdated(TenantSettingsPatch),
    /// There is one more way to a billing provider.
    DeliveryMethodAdded(TenantDeliveryMethod),
    /// A way to a billing provider is no longer used.
    DeliveryMethodArchived { id: DeliveryMethodId, archived_at: Timestamp },
    /// Customers can have this custom field.
    CustomFieldKeyAdded { key: CustomFieldKey, enforce_uniqueness: bool },
    /// Customers can no longer be given this custom field.
    CustomFieldKeyRemoved { key: CustomFieldKey },
    /// There is one more API key of the tenant.
    ApiKeyCreated(CreatedApiKey),
    /// An API key of the tenant is no longer accepted.
    ApiKeyRevoked { key_id: ApiKeyId },
    /// All events before this one came from another database.
    TenantImported(Provenance),
}

impl Tenant {
    /// The state after one more fact. Never fails: what has happened cannot be refused.
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
            // No rule reads where the tenant came from, nor its keys, which the store keeps.
            Event::TenantImported(_) | Event::ApiKeyCreated(_) | Event::ApiKeyRevoked { .. } => {}
        }
        self
    }

    /// Archives, and forgets the longest archived beyond what the state keeps.
    fn archive_delivery_method(&mut self, id: DeliveryMethodId, archived_at: Timestamp) {
        let methods = &mut self.delivery_methods;
        if let Some(index) = methods.iter().position(|method| method.id == id) {
            // To the end, so that those archived first come first among the archived.
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
