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
use crate::time::Timestamp;

/// The most billing configurations of a customer that are not archived; the same for revenue.
pub const CONFIGS_MAX: usize = 100;
/// How many archived configurations the state keeps of each kind; the log keeps them all.
pub const ARCHIVED_CONFIGS_KEPT: usize = 100;
/// The most integrations of a customer.
pub const INTEGRATIONS_MAX: usize = 100;

object! {
    /// How one billing provider bills this customer.
    pub struct BillingConfig {
        must {
            /// The configuration's id.
            id: BillingConfigId,
            /// Who sends the invoices.
            provider: Provider,
            /// What the provider has to know.
            configuration: Configuration,
        }
        may {
            /// How documents get there, when it is not one of the tenant's delivery methods.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method by which documents get there.
            delivery_method_id: Option<DeliveryMethodId>,
            /// Who calculates taxes; absent means nobody but the provider itself.
            tax_provider: Option<TaxProvider>,
            /// Since when it is no longer used; absent means that it is.
            archived_at: Option<Timestamp>,
        }
    }
}

object! {
    /// The body of `add-billing-config`.
    pub struct AddBillingConfig {
        must {
            /// Who sends the invoices.
            provider: Provider,
        }
        may {
            /// The configuration's id; the service makes one if absent.
            id: Option<BillingConfigId>,
            /// What the provider has to know; absent means an empty object.
            configuration: Configuration,
            /// How documents get there. Either this or `delivery_method_id`.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method. Needed when it has several for the provider.
            delivery_method_id: Option<DeliveryMethodId>,
            /// Who calculates taxes: only with Stripe, by payment intent.
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

/// A system in which revenue is recognised.
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
            /// Which system.
            provider: RevenueProvider,
            /// What the system has to know.
            configuration: Configuration,
        }
        may {
            /// How documents get there, when it is not one of the tenant's delivery methods.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method by which documents get there.
            delivery_method_id: Option<DeliveryMethodId>,
            /// Since when it is no longer used; absent means that it is.
            archived_at: Option<Timestamp>,
        }
    }
}

object! {
    /// The body of `add-revenue-config`.
    pub struct AddRevenueConfig {
        must {
            /// Which system.
            provider: RevenueProvider,
        }
        may {
            /// The configuration's id; the service makes one if absent.
            id: Option<RevenueConfigId>,
            /// What the system has to know; absent means an empty object.
            configuration: Configuration,
            /// How documents get there. Not with `delivery_method_id`; absent means as the tenant does.
            delivery_method: Option<DeliveryMethod>,
            /// The tenant's delivery method by which documents get there.
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
    /// The customer as another system knows it. One per system and entity.
    pub struct Integration {
        must {
            /// Which system.
            provider_type: Kind,
            /// What the customer is called there.
            provider_entity_id: ShortText,
        }
        may {
            /// What the customer is there.
            entity_type: Option<Kind>,
            /// The tenant's own values about it.
            metadata: Metadata,
        }
    }
}

object! {
    /// The body of `unmap-integration`.
    pub struct UnmapIntegration {
        must {
            /// Which system.
            provider_type: Kind,
            /// What the customer is called there.
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
        /// Where to send them; needed by `EMAIL_INVOICE`.
        email: Option<Email>,
        /// Where to post them; needed by `PAPER_INVOICE`.
        address: Address,
        /// What they are in; absent means the currency of the charges.
        currency: Option<CurrencyCode>,
    }
}

object! {
    /// Whether the customer's usage is billed, and since when. Also the body of
    /// `set-billable-status`.
    #[derive(Copy)]
    pub struct BillableStatus {
        must {
            /// Billed or not.
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

/// Checks by provider. The limits of any configuration are checked with the fields.
pub(crate) fn check_configuration(
    provider: Provider,
    configuration: &Configuration,
    at: &mut Pointer,
    found: &mut Vec<Violation>,
) {
    at.within("configuration", |at| configuration.check_for(provider, at, found));
}

impl Integration {
    /// Whether it is the one of this system and entity.
    #[must_use]
    pub fn is_of(&self, provider_type: &Kind, provider_entity_id: &ShortText) -> bool {
        self.provider_type == *provider_type && self.provider_entity_id == *provider_entity_id
    }
}
