//! Why a tenant's command was refused.

use crate::commands::refusals;

refusals! {
    IdMissing, "id_missing", "the command has no id for what it adds";
    ActorRequired, "actor_required", "the tenant requires an actor for every change: send X-Actor";
    ReasonRequired, "reason_required", "the tenant requires a reason for every change: send X-Reason";
    TenantUnknown, "tenant_unknown", "the tenant does not exist";
    TenantExists, "tenant_exists", "the tenant exists already";
    DeliveryMethodNotForProvider, "delivery_method_not_for_provider", "the provider does not support this delivery method";
    DeliveryMethodExists, "delivery_method_exists", "the tenant has another delivery method with this id";
    DeliveryMethodUnknown, "delivery_method_unknown", "the tenant has no delivery method with this id";
    TooManyDeliveryMethods, "too_many_delivery_methods", "a tenant has at most 100 delivery methods in use: archive some first";
    TooManyCustomFieldKeys, "too_many_custom_field_keys", "a tenant defines at most 200 custom fields, including removed ones";
    CustomFieldKeyDiffers, "custom_field_key_differs", "the custom field is defined with another uniqueness: remove it first";
    CustomFieldKeyUnknown, "custom_field_key_unknown", "the tenant does not define this custom field";
}
