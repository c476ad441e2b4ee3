//! The table of a tenant's commands, and their bodies.

use uuid::Uuid;

use super::state::{DELIVERY_METHODS_MAX, TenantName, TenantSettingsPatch};
use crate::commands::commands;
use crate::customer::CustomFieldKey;
use crate::ids::DeliveryMethodId;
use crate::list::Distinct;
use crate::object::object;
use crate::provider::{Configuration, DeliveryMethod, Provider};

commands! {
    patterns command_about in tenant;
    Tenant {
        CreateTenant(CreateTenant), "create-tenant",
            "Creates a tenant.";
        RenameTenant(RenameTenant), "rename-tenant",
            "Gives the tenant another name.";
        UpdateSettings(TenantSettingsPatch), "update-settings",
            "Changes the settings, field by field.";
    }
    Delivery {
        AddDeliveryMethod(AddDeliveryMethod), "add-delivery-method",
            "Adds a delivery method for a billing provider.";
        ArchiveDeliveryMethods(ArchiveDeliveryMethods), "archive-delivery-methods",
            "Archives delivery methods, all or none.";
    }
    CustomFields {
        AddCustomFieldKey(AddCustomFieldKey), "add-custom-field-key",
            "Defines a custom field.";
        RemoveCustomFieldKey(RemoveCustomFieldKey), "remove-custom-field-key",
            "Removes a custom field; customers keep their values.";
    }
}

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
            /// The provider.
            provider: Provider,
            /// The delivery method.
            delivery_method: DeliveryMethod,
        }
        may {
            /// The delivery method's id; the service makes one if absent.
            id: Option<DeliveryMethodId>,
            /// Its settings: accounts, queues, options.
            configuration: Configuration,
        }
    }
}

object! {
    /// The body of `archive-delivery-methods`: all of them or none.
    pub struct ArchiveDeliveryMethods {
        must {
            /// The ids of the delivery methods.
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
            /// Whether two customers must not have the same value; absent means they may.
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
    /// Fills in an id from `new_id` if the command makes something and has no id for it.
    ///
    /// Called once, when the command arrives, so that a repeated decision has the same result.
    pub fn fill_ids(&mut self, mut new_id: impl FnMut() -> Uuid) {
        match self {
            Self::AddDeliveryMethod(command) => {
                command.id.get_or_insert_with(|| DeliveryMethodId(new_id()));
            }
            Self::ArchiveDeliveryMethods(_)
            | command_about!(Tenant)
            | command_about!(CustomFields) => {}
        }
    }
}
