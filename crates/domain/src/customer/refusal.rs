//! Why a command was refused.

use crate::commands::refusals;

refusals! {
    IdMissing, "id_missing", "the command has no id for what it makes";
    IdDiffers, "id_differs", "the id in the command is not that of the customer";
    CustomerUnknown, "customer_unknown", "there is no such customer";
    CustomerExists, "customer_exists", "there is a customer with this id already";
    CustomerArchived, "customer_archived", "the customer is archived";
    NameRequired, "name_required", "a customer has to have a name";
    ExternalIdTaken, "external_id_taken", "another customer has this external id";
    AliasTaken, "alias_taken", "another customer has one of these aliases";
    CustomFieldKeyUnknown, "custom_field_key_unknown", "the tenant has not defined this custom field";
    CustomFieldValueTaken, "custom_field_value_taken", "another customer has this value in a unique custom field";
    CustomFieldValueTooLong, "custom_field_value_too_long", "a unique custom field has room for 512 bytes of key and value";
    TooManyCustomFields, "too_many_custom_fields", "a customer has at most 100 custom fields";
    DeliveryMethodAmbiguous, "delivery_method_ambiguous", "either delivery_method or delivery_method_id, not both";
    DeliveryMethodMissing, "delivery_method_missing", "either delivery_method or delivery_method_id is needed";
    DeliveryMethodNotForProvider, "delivery_method_not_for_provider", "documents for this provider cannot go this way";
    DeliveryMethodUnknown, "delivery_method_unknown", "the tenant has no such delivery method for this provider";
    DeliveryMethodIdRequired, "delivery_method_id_required", "the tenant has several delivery methods for this provider: name one by delivery_method_id";
    TaxProviderNotAllowed, "tax_provider_not_allowed", "a tax provider goes only with stripe and a payment intent";
    TooManyBillingConfigs, "too_many_billing_configs", "a customer has at most 100 billing configurations";
    BillingConfigExists, "billing_config_exists", "there is another billing configuration with this id";
    BillingConfigUnknown, "billing_config_unknown", "the customer has no such billing configuration";
    TooManyRevenueConfigs, "too_many_revenue_configs", "a customer has at most 100 revenue configurations";
    RevenueConfigExists, "revenue_config_exists", "there is another revenue configuration with this id";
    RevenueConfigUnknown, "revenue_config_unknown", "the customer has no such revenue configuration";
    TooManyIntegrations, "too_many_integrations", "a customer has at most 100 integrations";
    IntegrationUnknown, "integration_unknown", "the customer has no such integration";
    InvoiceEmailMissing, "invoice_email_missing", "invoices by e-mail need an e-mail address";
    InvoiceAddressMissing, "invoice_address_missing", "invoices on paper need an address";
    TooManyPaymentProfiles, "too_many_payment_profiles", "a customer has at most 50 payment profiles";
    PaymentProfileExists, "payment_profile_exists", "there is another payment profile with this id";
    PaymentProfileUnknown, "payment_profile_unknown", "the customer has no such payment profile";
    PaymentProfileNotActive, "payment_profile_not_active", "the default has to be an active payment profile";
    AutoPayNeedsDefault, "auto_pay_needs_default", "automatic payment needs a default payment profile";
    RollupEndsBeforeStart, "rollup_ends_before_start", "the roll-up would end before it starts";
    ParentIsSelf, "parent_is_self", "a customer cannot be its own parent";
    ParentUnknown, "parent_unknown", "the parent does not exist or is archived";
    ParentCycle, "parent_cycle", "the parent is below this customer";
    HierarchyTooDeep, "hierarchy_too_deep", "a hierarchy has at most 8 levels";
    VersionUnknown, "version_unknown", "the customer never had this version";
}

impl Refusal {
    /// The member of the customer's document that it is about, as a JSON pointer; nothing when it is
    /// about no member, or about the customer as a whole.
    #[must_use]
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::NameRequired => Some("/profile/name"),
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
            // Billing and revenue configurations both have them.
            | Self::DeliveryMethodAmbiguous
            | Self::DeliveryMethodMissing
            | Self::DeliveryMethodNotForProvider
            | Self::DeliveryMethodUnknown
            | Self::DeliveryMethodIdRequired
            | Self::VersionUnknown => None,
        }
    }
}

#[cfg(test)]
mod tests;
