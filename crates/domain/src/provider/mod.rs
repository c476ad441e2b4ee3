//! Billing providers, their delivery methods and their configurations.

mod configuration;
mod payloads;

pub use configuration::Configuration;
pub use payloads::{
    AwsMarketplaceConfiguration, AwsRegion, AzureMarketplaceConfiguration,
    GcpMarketplaceConfiguration, NetsuiteConfiguration, ProviderReference, StripeCollectionMethod,
    StripeConfiguration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::always_valid;

/// The provider that sends the customer's invoices.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the providers")]
pub enum Provider {
    Stripe,
    AwsMarketplace,
    AzureMarketplace,
    GcpMarketplace,
    Netsuite,
    Custom,
    QuickbooksOnline,
    Workday,
    Metronome,
}

/// How documents reach a provider.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMethod {
    /// By the provider's own interface.
    DirectToBillingProvider,
    /// Through a queue of the tenant at AWS.
    AwsSqs,
    /// Through Tackle, which serves the AWS marketplace only.
    Tackle,
    /// Through a topic of the tenant at AWS.
    AwsSns,
}

/// Who calculates taxes on invoices that Stripe collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the providers")]
pub enum TaxProvider {
    Anrok,
    Avalara,
    Stripe,
}

always_valid!(Provider, DeliveryMethod, TaxProvider);

impl Provider {
    /// The member of the configuration that contains the provider's id of the customer: by its public
    /// contract, or `customer_id` if it has none.
    #[must_use]
    pub const fn reference_member(self) -> &'static str {
        match self {
            Self::Stripe => "stripe_customer_id",
            Self::AwsMarketplace => "aws_customer_id",
            Self::AzureMarketplace => "azure_subscription_id",
            Self::GcpMarketplace => "gcp_entitlement_id",
            Self::Netsuite => "netsuite_customer_id",
            Self::Custom | Self::QuickbooksOnline | Self::Workday | Self::Metronome => {
                "customer_id"
            }
        }
    }

    /// Whether the provider supports this delivery method.
    #[must_use]
    pub const fn accepts(self, method: DeliveryMethod) -> bool {
        use DeliveryMethod::{AwsSns, AwsSqs, DirectToBillingProvider};
        match self {
            Self::Stripe | Self::Netsuite => matches!(method, DirectToBillingProvider),
            Self::AzureMarketplace | Self::GcpMarketplace => {
                matches!(method, DirectToBillingProvider | AwsSqs | AwsSns)
            }
            Self::AwsMarketplace
            | Self::Custom
            | Self::QuickbooksOnline
            | Self::Workday
            | Self::Metronome => true,
        }
    }
}

#[cfg(test)]
mod tests;
