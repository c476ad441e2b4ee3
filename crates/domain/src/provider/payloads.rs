//! The configurations of providers with a public contract.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::always_valid;
use crate::object::object;
use crate::text::{as_it_looks, text};

text! {
    /// An identifier in a provider's own system.
    pub struct ProviderReference, chars 1..=255, check = as_it_looks;
}

/// How Stripe collects the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are Stripe's")]
pub enum StripeCollectionMethod {
    ChargeAutomatically,
    SendInvoice,
    AutoChargePaymentIntent,
    ManuallyChargePaymentIntent,
}

impl StripeCollectionMethod {
    /// Whether Stripe collects by a payment intent, not by its own invoice.
    #[must_use]
    pub const fn is_payment_intent(self) -> bool {
        match self {
            Self::AutoChargePaymentIntent | Self::ManuallyChargePaymentIntent => true,
            Self::ChargeAutomatically | Self::SendInvoice => false,
        }
    }
}

/// The region of the customer's AWS marketplace agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are those of AWS")]
pub enum AwsRegion {
    #[serde(rename = "af-south-1")]
    AfSouth1,
    #[serde(rename = "ap-east-1")]
    ApEast1,
    #[serde(rename = "ap-east-2")]
    ApEast2,
    #[serde(rename = "ap-northeast-1")]
    ApNortheast1,
    #[serde(rename = "ap-northeast-2")]
    ApNortheast2,
    #[serde(rename = "ap-northeast-3")]
    ApNortheast3,
    #[serde(rename = "ap-south-1")]
    ApSouth1,
    #[serde(rename = "ap-south-2")]
    ApSouth2,
    #[serde(rename = "ap-southeast-1")]
    ApSoutheast1,
    #[serde(rename = "ap-southeast-2")]
    ApSoutheast2,
    #[serde(rename = "ap-southeast-3")]
    ApSoutheast3,
    #[serde(rename = "ap-southeast-4")]
    ApSoutheast4,
    #[serde(rename = "ap-southeast-5")]
    ApSoutheast5,
    #[serde(rename = "ap-southeast-6")]
    ApSoutheast6,
    #[serde(rename = "ap-southeast-7")]
    ApSoutheast7,
    #[serde(rename = "ca-central-1")]
    CaCentral1,
    #[serde(rename = "ca-west-1")]
    CaWest1,
    #[serde(rename = "cn-north-1")]
    CnNorth1,
    #[serde(rename = "cn-northwest-1")]
    CnNorthwest1,
    #[serde(rename = "eu-central-1")]
    EuCentral1,
    #[serde(rename = "eu-central-2")]
    EuCentral2,
    #[serde(rename = "eu-north-1")]
    EuNorth1,
    #[serde(rename = "eu-south-1")]
    EuSouth1,
    #[serde(rename = "eu-south-2")]
    EuSouth2,
    #[serde(rename = "eu-west-1")]
    EuWest1,
    #[serde(rename = "eu-west-2")]
    EuWest2,
    #[serde(rename = "eu-west-3")]
    EuWest3,
    #[serde(rename = "eusc-de-east-1")]
    EuscDeEast1,
    #[serde(rename = "il-central-1")]
    IlCentral1,
    #[serde(rename = "me-central-1")]
    MeCentral1,
    #[serde(rename = "me-south-1")]
    MeSouth1,
    #[serde(rename = "me-west-1")]
    MeWest1,
    #[serde(rename = "mx-central-1")]
    MxCentral1,
    #[serde(rename = "sa-east-1")]
    SaEast1,
    #[serde(rename = "sa-west-1")]
    SaWest1,
    #[serde(rename = "us-east-1")]
    UsEast1,
    #[serde(rename = "us-east-2")]
    UsEast2,
    #[serde(rename = "us-gov-east-1")]
    UsGovEast1,
    #[serde(rename = "us-gov-west-1")]
    UsGovWest1,
    #[serde(rename = "us-west-1")]
    UsWest1,
    #[serde(rename = "us-west-2")]
    UsWest2,
}

always_valid!(StripeCollectionMethod, AwsRegion);

object! {
    /// Stripe's settings for a customer.
    pub struct StripeConfiguration {
        must {
            /// The customer at Stripe.
            stripe_customer_id: ProviderReference,
        }
        may {
            /// How Stripe collects the money; absent means as Stripe has it for the customer.
            stripe_collection_method: Option<StripeCollectionMethod>,
            /// Whether invoices stay drafts at Stripe; absent means the customer's or tenant's setting.
            leave_stripe_invoices_in_draft: Option<bool>,
        }
    }
}

object! {
    /// The AWS marketplace's settings for a customer.
    pub struct AwsMarketplaceConfiguration {
        must {
            /// The customer at AWS.
            aws_customer_id: ProviderReference,
            /// The product sold.
            aws_product_code: ProviderReference,
            /// Where metering records go.
            aws_region: AwsRegion,
        }
        may {
            /// Whether the product is a subscription, not a contract; absent means it is not.
            aws_is_subscription_product: Option<bool>,
            /// The customer's AWS account.
            aws_customer_account_id: Option<ProviderReference>,
        }
    }
}

object! {
    /// The Azure marketplace's settings for a customer.
    pub struct AzureMarketplaceConfiguration {
        must {
            /// The subscription at Azure.
            azure_subscription_id: ProviderReference,
        }
    }
}

object! {
    /// The Google Cloud marketplace's settings for a customer.
    pub struct GcpMarketplaceConfiguration {
        must {
            /// The entitlement at Google.
            gcp_entitlement_id: ProviderReference,
            /// The service sold.
            gcp_service_name: ProviderReference,
        }
    }
}

object! {
    /// NetSuite's settings for a customer.
    pub struct NetsuiteConfiguration {
        must {
            /// The customer at NetSuite.
            netsuite_customer_id: ProviderReference,
        }
    }
}
