//! The statuses of what the rules refuse. No refusal goes without one: the tables are exhaustive.

use axum::http::StatusCode;
use domain::{customer, tenant};

/// The status of a customer's refusal.
pub(super) fn of_customer(refusal: customer::Refusal) -> StatusCode {
    use customer::Refusal as R;
    match refusal {
        R::CustomerUnknown => StatusCode::NOT_FOUND,
        // It collides with what is: another state of things would let it through.
        R::CustomerExists
        | R::CustomerArchived
        | R::ExternalIdTaken
        | R::AliasTaken
        | R::CustomFieldValueTaken
        | R::BillingConfigExists
        | R::RevenueConfigExists
        | R::PaymentProfileExists
        | R::ChangedSince => StatusCode::CONFLICT,
        // It asks for something that can't be.
        R::IdMissing
        | R::IdDiffers
        | R::NameRequired
        | R::CustomFieldKeyUnknown
        | R::CustomFieldValueTooLong
        | R::TooManyCustomFields
        | R::DeliveryMethodAmbiguous
        | R::DeliveryMethodMissing
        | R::DeliveryMethodNotForProvider
        | R::DeliveryMethodUnknown
        | R::DeliveryMethodIdRequired
        | R::TaxProviderNotAllowed
        | R::TooManyBillingConfigs
        | R::BillingConfigUnknown
        | R::TooManyRevenueConfigs
        | R::RevenueConfigUnknown
        | R::TooManyIntegrations
        | R::IntegrationUnknown
        | R::InvoiceEmailMissing
        | R::InvoiceAddressMissing
        | R::TooManyPaymentProfiles
        | R::PaymentProfileUnknown
        | R::PaymentProfileNotActive
        | R::AutoPayNeedsDefault
        | R::RollupEndsBeforeStart
        | R::ParentIsSelf
        | R::ParentUnknown
        | R::ParentCycle
        | R::HierarchyTooDeep
        | R::VersionUnknown
        | R::RegistrationStays
        | R::TooManyMetadata => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The status of a tenant's refusal.
pub(super) fn of_tenant(refusal: tenant::Refusal) -> StatusCode {
    use tenant::Refusal as R;
    match refusal {
        R::TenantUnknown => StatusCode::NOT_FOUND,
        R::TenantExists | R::DeliveryMethodExists | R::CustomFieldKeyDiffers => {
            StatusCode::CONFLICT
        }
        R::IdMissing
        | R::ActorRequired
        | R::ReasonRequired
        | R::DeliveryMethodNotForProvider
        | R::DeliveryMethodUnknown
        | R::TooManyDeliveryMethods
        | R::TooManyCustomFieldKeys
        | R::CustomFieldKeyUnknown => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
