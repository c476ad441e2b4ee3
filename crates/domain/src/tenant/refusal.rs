//! Why a tenant's command was refused.

use crate::commands::refusals;

refusals! {
    IdMissing, "id_missing", "the command has no id for what it makes";
    TenantUnknown, "tenant_unknown", "there is no such tenant";
    TenantExists, "tenant_exists", "the tenant exists already";
    DeliveryMethodNotForProvider, "delivery_method_not_for_provider", "documents for this provider cannot go this way";
    DeliveryMethodExists, "delivery_method_exists", "there is another delivery method with this id";
    DeliveryMethodUnknown, "delivery_method_unknown", "the tenant has no such delivery method";
    TooManyDeliveryMethods, "too_many_delivery_methods", "a tenant has at most 100 delivery methods";
    TooManyCustomFieldKeys, "too_many_custom_field_keys", "a tenant defines at most 200 custom fields, removed ones included";
    CustomFieldKeyDiffers, "custom_field_key_differs", "the custom field was defined with another uniqueness";
    CustomFieldKeyUnknown, "custom_field_key_unknown", "the tenant has not defined this custom field";
}
