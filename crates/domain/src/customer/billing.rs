//! How a customer is billed: configurations for providers, revenue systems and other systems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profile::Address;
use super::values::{Billable, CurrencyCode, Email, Kind, Metadata, ShortText};
use crate::check::{Pointer, Violation, always_valid};
use crate::ids::{BillingConfigId, DeliveryMethodId, RevenueConfigId};
use crate::list::Distinct;
use crate::object::object;
use crate::provider::{Configuration, DeliveryMethod, Provider, TaxProvider};
use crate::record::record;
use crate::text::as_it_looks;
use crate::time::Timestamp;

/// The most billing configurations, and the most revenue configurations, of a customer that are not
/// archived.
pub const CONFIGS_MAX: usize = 100;
/// How many archived configurations of each kind the state keeps. The log keeps all.
pub const ARCHIVED_CONFIGS_KEPT: usize = 100;
/// The most integrations of a customer.
pub const INTEGRATIONS_MAX: usize = 100;

object! {
    /// How one billing provider bills this customer.
    pub struct BillingConfig {
        must {
            /// The configuration's id.
            id: BillingConfigId,
            /// The provider that sends the invoices.
            provider: Provider,
            /// The provider's own settings for the customer.
            configuration: Configuration,
        }
        may {
            /// How documents reach the provider, if not by one of the tenant's delivery methods.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method for documents.
            delivery_method_id: Option<DeliveryMethodId>,
            /// Who calculates taxes; absent means the provider itself.
            tax_provider: Option<TaxProvider>,
            /// When it was archived; absent means it is in use.
            archived_at: Option<Timestamp>,
        }
    }
}

object! {
    /// The body of `add-billing-config`.
    pub struct AddBillingConfig {
        must {
            /// The provider that sends the invoices.
            provider: Provider,
        }
        may {
            /// The configuration's id; the service makes one if absent.
            id: Option<BillingConfigId>,
            /// The provider's own settings for the customer; absent means an empty object.
            configuration: Configuration,
            /// How documents reach the provider. Send either this or `delivery_method_id`.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method. Required if the tenant has several with the same `delivery_method` for the provider.
            delivery_method_id: Option<DeliveryMethodId>,
            /// Who calculates taxes. Only with Stripe and a payment intent.
            tax_provider: Option<TaxProvider>,
        }
    }
    check = check_billing;
}

object! {
    /// The body of `archive-billing-configs`: all of them or none.
    pub struct ArchiveBillingConfigs {
        must {
            /// Which ones.
            ids: Distinct<BillingConfigId, CONFIGS_MAX>,
        }
    }
}

/// A system that recognises revenue.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RevenueProvider {
    /// Oracle NetSuite.
    Netsuite,
}

impl From<RevenueProvider> for Provider {
    fn from(provider: RevenueProvider) -> Self {
        match provider {
            RevenueProvider::Netsuite => Self::Netsuite,
        }
    }
}

object! {
    /// How one revenue system knows this customer.
    pub struct RevenueConfig {
        must {
            /// The configuration's id.
            id: RevenueConfigId,
            /// The system.
            provider: RevenueProvider,
            /// The system's own settings for the customer.
            configuration: Configuration,
        }
        may {
            /// How documents reach the provider, if not by one of the tenant's delivery methods.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method for documents.
            delivery_method_id: Option<DeliveryMethodId>,
            /// When it was archived; absent means it is in use.
            archived_at: Option<Timestamp>,
        }
    }
}

object! {
    /// The body of `add-revenue-config`.
    pub struct AddRevenueConfig {
        must {
            /// The system.
            provider: RevenueProvider,
        }
        may {
            /// The configuration's id; the service makes one if absent.
            id: Option<RevenueConfigId>,
            /// The system's own settings for the customer; absent means an empty object.
            configuration: Configuration,
            /// How documents reach the system. Not together with `delivery_method_id`; absent means the
            /// tenant's delivery method.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method for documents.
            delivery_method_id: Option<DeliveryMethodId>,
        }
    }
    check = check_revenue;
}

object! {
    /// The body of `archive-revenue-configs`: all of them or none.
    pub struct ArchiveRevenueConfigs {
        must {
            /// Which ones.
            ids: Distinct<RevenueConfigId, CONFIGS_MAX>,
        }
    }
}

object! {
    /// The customer's name in another system. One for each system and entity.
    pub struct Integration {
        must {
            /// The system.
            provider_type: Kind,
            /// The customer's id in that system.
            provider_entity_id: ShortText,
        }
        may {
            /// What kind of thing the customer is in that system.
            entity_type: Option<Kind>,
            /// The tenant's own values about it.
            metadata: Metadata,
        }
    }
    check = check_integration;
}

object! {
    /// The body of `unmap-integration`.
    pub struct UnmapIntegration {
        must {
            /// The system.
            provider_type: Kind,
            /// The customer's id in that system.
            provider_entity_id: ShortText,
        }
    }
}

/// How the customer gets its invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvoiceMethod {
    /// By e-mail; needs an address to send to.
    EmailInvoice,
    /// On paper; needs a postal address.
    PaperInvoice,
}

always_valid!(RevenueProvider, InvoiceMethod);

record! {
    /// How the customer gets its invoices.
    pub struct InvoiceDelivery, patch InvoiceDeliveryPatch {
        /// By e-mail or on paper.
        method: Option<InvoiceMethod>,
        /// The address for `EMAIL_INVOICE`, which requires it.
        email: Option<Email>,
        /// The address for `PAPER_INVOICE`, which requires it.
        address: Address,
        /// The currency of invoices; absent means the currency of the charges.
        currency: Option<CurrencyCode>,
    }
}

object! {
    /// Whether the customer's usage is billed, and since when. Also the body of
    /// `set-billable-status`.
    #[derive(Copy)]
    pub struct BillableStatus {
        must {
            /// Whether it is billed.
            value: Billable,
            /// Since when.
            effective_at: Timestamp,
        }
    }
}

fn check_billing(command: &AddBillingConfig, at: &mut Pointer, found: &mut Vec<Violation>) {
    check_configuration(command.provider, &command.configuration, at, found);
}

fn check_revenue(command: &AddRevenueConfig, at: &mut Pointer, found: &mut Vec<Violation>) {
    check_configuration(command.provider.into(), &command.configuration, at, found);
}

/// Only new ids are checked: an integration of an older event can be unmapped, whatever its id.
fn check_integration(integration: &Integration, at: &mut Pointer, found: &mut Vec<Violation>) {
    if let Err(detail) = as_it_looks(integration.provider_entity_id.as_str()) {
        at.within("provider_entity_id", |at| at.refuse(found, detail));
    }
}

/// Checks a configuration by its provider. The limits of all configurations are checked elsewhere.
pub(crate) fn check_configuration(
    provider: Provider,
    configuration: &Configuration,
    at: &mut Pointer,
    found: &mut Vec<Violation>,
) {
    at.within("configuration", |at| configuration.check_for(provider, at, found));
}

impl Integration {
    /// Whether it is the integration with this entity of this system.
    #[must_use]
    pub fn is_of(&self, provider_type: &Kind, provider_entity_id: &ShortText) -> bool {
        self.provider_type == *provider_type && self.provider_entity_id == *provider_entity_id
    }
}
