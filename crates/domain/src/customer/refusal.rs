//! Why a command was refused.

use crate::commands::refusals;

refusals! {
    IdMissing, "id_missing", "the command has no id for what it adds";
    IdDiffers, "id_differs", "the id in the command is not the id of the customer: leave it out or send the same";
    CustomerUnknown, "customer_unknown", "the customer does not exist";
    CustomerExists, "customer_exists", "a customer with this id exists already";
    CustomerArchived, "customer_archived", "the customer is archived: restore it first";
    NameRequired, "name_required", "a customer needs a name";
    ExternalIdTaken, "external_id_taken", "another customer has this external id";
    AliasTaken, "alias_taken", "another customer has one of these aliases";
    TooManyMetadata, "too_many_metadata", "a customer has at most 100 entries of metadata: remove some first";
    CustomFieldKeyUnknown, "custom_field_key_unknown", "the tenant does not define one of these custom fields: add its key to the tenant first";
    CustomFieldValueTaken, "custom_field_value_taken", "another customer has this value in a unique custom field";
    CustomFieldValueTooLong, "custom_field_value_too_long", "key and value of a unique custom field have at most 512 bytes together";
    TooManyCustomFields, "too_many_custom_fields", "a customer has at most 100 custom fields: delete some first";
    DeliveryMethodAmbiguous, "delivery_method_ambiguous", "send delivery_method or delivery_method_id, not both";
    DeliveryMethodMissing, "delivery_method_missing", "send delivery_method or delivery_method_id";
    DeliveryMethodNotForProvider, "delivery_method_not_for_provider", "the provider does not support this delivery method";
    DeliveryMethodUnknown, "delivery_method_unknown", "the tenant has no delivery method with this id for this provider";
    DeliveryMethodIdRequired, "delivery_method_id_required", "the tenant has several delivery methods of this kind for this provider: name one by delivery_method_id";
    TaxProviderNotAllowed, "tax_provider_not_allowed", "a tax provider needs the provider stripe and a collection method with a payment intent";
    TooManyBillingConfigs, "too_many_billing_configs", "a customer has at most 100 billing configurations in use: archive some first";
    BillingConfigExists, "billing_config_exists", "the customer has another billing configuration with this id";
    BillingConfigUnknown, "billing_config_unknown", "the customer has no billing configuration with this id";
    TooManyRevenueConfigs, "too_many_revenue_configs", "a customer has at most 100 revenue configurations in use: archive some first";
    RevenueConfigExists, "revenue_config_exists", "the customer has another revenue configuration with this id";
    RevenueConfigUnknown, "revenue_config_unknown", "the customer has no revenue configuration with this id";
    TooManyIntegrations, "too_many_integrations", "a customer has at most 100 integrations: unmap some first";
    IntegrationUnknown, "integration_unknown", "the customer has no integration with this provider_type and provider_entity_id";
    InvoiceEmailMissing, "invoice_email_missing", "invoices by e-mail need an e-mail address: send email, too";
    InvoiceAddressMissing, "invoice_address_missing", "invoices on paper need an address: send address, too";
    TooManyPaymentProfiles, "too_many_payment_profiles", "a customer has at most 50 payment profiles: detach some first";
    PaymentProfileExists, "payment_profile_exists", "the customer has another payment profile with this id";
    PaymentProfileUnknown, "payment_profile_unknown", "the customer has no payment profile with this id";
    PaymentProfileNotActive, "payment_profile_not_active", "the default payment profile has to be active";
    AutoPayNeedsDefault, "auto_pay_needs_default", "automatic payment needs a default payment profile: set one first";
    RollupEndsBeforeStart, "rollup_ends_before_start", "end_date must not be before start_date";
    ParentIsSelf, "parent_is_self", "a customer cannot be its own parent";
    ParentUnknown, "parent_unknown", "the parent does not exist or is archived";
    ParentCycle, "parent_cycle", "the parent is a descendant of this customer";
    HierarchyTooDeep, "hierarchy_too_deep", "a hierarchy has at most 8 levels";
    VersionUnknown, "version_unknown", "the customer never had this version";
    RegistrationStays, "registration_stays", "a registration cannot be undone: archive the customer";
    ChangedSince, "changed_since", "fields of the event were changed since: undo the later events first, or set the fields";
}

impl Refusal {
    /// The member of the customer's document that the refusal is about, as a JSON pointer. `None` if it
    /// is about the whole customer or about no member.
    #[must_use]
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::NameRequired => Some("/profile/name"),
            Self::TooManyMetadata => Some("/metadata"),
            Self::ExternalIdTaken => Some("/external_id"),
            Self::AliasTaken => Some("/aliases"),
            Self::CustomFieldKeyUnknown
            | Self::CustomFieldValueTaken
            | Self::CustomFieldValueTooLong
            | Self::TooManyCustomFields => Some("/custom_fields"),
            Self::TaxProviderNotAllowed
            | Self::TooManyBillingConfigs
            | Self::BillingConfigExists
            | Self::BillingConfigUnknown => Some("/billing_configs"),
            Self::TooManyRevenueConfigs
            | Self::RevenueConfigExists
            | Self::RevenueConfigUnknown => Some("/revenue_configs"),
            Self::TooManyIntegrations | Self::IntegrationUnknown => Some("/integrations"),
            Self::InvoiceEmailMissing => Some("/invoice_delivery/email"),
            Self::InvoiceAddressMissing => Some("/invoice_delivery/address"),
            Self::TooManyPaymentProfiles | Self::PaymentProfileExists => Some("/payment/profiles"),
            Self::PaymentProfileUnknown | Self::PaymentProfileNotActive => {
                Some("/payment/default_payment_profile_id")
            }
            Self::AutoPayNeedsDefault => Some("/payment/auto_pay"),
            Self::RollupEndsBeforeStart => Some("/rollup/end_date"),
            Self::ParentIsSelf
            | Self::ParentUnknown
            | Self::ParentCycle
            | Self::HierarchyTooDeep => Some("/parent_customer_id"),
            Self::IdMissing
            | Self::IdDiffers
            | Self::CustomerUnknown
            | Self::CustomerExists
            | Self::CustomerArchived
            // About billing or revenue configurations: the refusal does not say which.
            | Self::DeliveryMethodAmbiguous
            | Self::DeliveryMethodMissing
            | Self::DeliveryMethodNotForProvider
            | Self::DeliveryMethodUnknown
            | Self::DeliveryMethodIdRequired
            | Self::VersionUnknown
            | Self::RegistrationStays
            | Self::ChangedSince => None,
        }
    }
}

#[cfg(test)]
mod tests;
