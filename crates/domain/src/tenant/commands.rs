//! What can be asked of a tenant.

use uuid::Uuid;

use super::state::{DELIVERY_METHODS_MAX, TenantName, TenantSettingsPatch};
use crate::commands::commands;
use crate::customer::CustomFieldKey;
use crate::ids::DeliveryMethodId;
use crate::list::Distinct;
use crate::object::object;
use crate::provider::{Configuration, DeliveryMethod, Provider};

/// Calls `$callback!` with the table of a tenant's commands:
/// `(Variant, Payload, "kebab-name", "summary"), …`. Both types are in [`crate::tenant`].
#[macro_export]
macro_rules! for_each_tenant_command {
    ($callback:ident) => {
        $callback! {
            (CreateTenant, CreateTenant, "create-tenant",
                "Creates a tenant."),
            (RenameTenant, RenameTenant, "rename-tenant",
                "Gives the tenant another name."),
            (UpdateSettings, TenantSettingsPatch, "update-settings",
                "Changes what applies to customers that do not say otherwise, field by field."),
            (AddDeliveryMethod, AddDeliveryMethod, "add-delivery-method",
                "Adds a way in which documents get to a billing provider."),
            (ArchiveDeliveryMethods, ArchiveDeliveryMethods, "archive-delivery-methods",
                "Archives delivery methods, all or none."),
            (AddCustomFieldKey, AddCustomFieldKey, "add-custom-field-key",
                "Defines a custom field."),
            (RemoveCustomFieldKey, RemoveCustomFieldKey, "remove-custom-field-key",
                "Removes a custom field; customers keep their values."),
        }
    };
}

for_each_tenant_command!(commands);

object! {
    /// The body of `create-tenant`.
    pub struct CreateTenant {
        must {
            /// The tenant's display name.
            name: TenantName,
        }
    }
}

object! {
    /// The body of `rename-tenant`.
    pub struct RenameTenant {
        must {
            /// The tenant's new display name.
            name: TenantName,
        }
    }
}

object! {
    /// The body of `add-delivery-method`.
    pub struct AddDeliveryMethod {
        must {
            /// Which provider.
            provider: Provider,
            /// How.
            delivery_method: DeliveryMethod,
        }
        may {
            /// The delivery method's id; the service makes one if absent.
            id: Option<DeliveryMethodId>,
            /// What has to be known for it: accounts, queues, options.
            configuration: Configuration,
        }
    }
}

object! {
    /// The body of `archive-delivery-methods`: all of them or none.
    pub struct ArchiveDeliveryMethods {
        must {
            /// Which ones.
            ids: Distinct<DeliveryMethodId, DELIVERY_METHODS_MAX>,
        }
    }
}

object! {
    /// The body of `add-custom-field-key`.
    pub struct AddCustomFieldKey {
        must {
            /// The field's name.
            key: CustomFieldKey,
        }
        may {
            /// Whether no two customers can have the same value; absent means that they can.
            enforce_uniqueness: Option<bool>,
        }
    }
}

object! {
    /// The body of `remove-custom-field-key`.
    pub struct RemoveCustomFieldKey {
        must {
            /// The field's name.
            key: CustomFieldKey,
        }
    }
}

impl Command {
    /// Gives an id of `new_id` to whatever the command makes and the caller left without.
    ///
    /// Called once, where the command arrives, so that deciding it again means the same thing.
    pub fn fill_ids(&mut self, mut new_id: impl FnMut() -> Uuid) {
        if let Self::AddDeliveryMethod(command) = self {
            command.id.get_or_insert_with(|| DeliveryMethodId(new_id()));
        }
    }
}
