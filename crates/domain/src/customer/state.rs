//! The state of a customer, for decisions and for readers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::billing::{BillableStatus, BillingConfig, Integration, InvoiceDelivery, RevenueConfig};
use super::payment::Payment;
use super::profile::{Config, Profile};
use super::tax::{Rollup, Tax};
use super::values::{Aliases, CustomFieldKeys, CustomFields, ExternalId, Metadata, Status};
use crate::ids::CustomerId;
use crate::list::Vacant;

/// How many former external ids the state keeps. The log keeps all.
pub const FORMER_EXTERNAL_IDS_KEPT: usize = 100;

/// A customer. The default is one that was never registered.
///
/// Its id, version and times are not in it: they are those of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Customer {
    /// Whether it is active or archived.
    pub status: Status,
    /// The tenant's own id of it.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub external_id: Option<ExternalId>,
    /// Its former external ids, the latest last, at most 100.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub former_external_ids: Vec<ExternalId>,
    /// Other names that find it.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub aliases: Aliases,
    /// Who it is.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub profile: Profile,
    /// The tenant's own values.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub metadata: Metadata,
    /// Custom fields.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub custom_fields: CustomFields,
    /// The custom fields that had to be unique when they were set.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub unique_custom_fields: CustomFieldKeys,
    /// Its own settings.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub config: Config,
    /// Billing configurations, in the order in which they were added; the latest archived ones too.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub billing_configs: Vec<BillingConfig>,
    /// Revenue configurations, in the order in which they were added; the latest archived ones too.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub revenue_configs: Vec<RevenueConfig>,
    /// Its names in other systems.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub integrations: Vec<Integration>,
    /// How it gets its invoices.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub invoice_delivery: InvoiceDelivery,
    /// How it pays.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub payment: Payment,
    /// How it is taxed.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub tax: Tax,
    /// How its children's bills are rolled up.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub rollup: Rollup,
    /// Its parent.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub parent_customer_id: Option<CustomerId>,
    /// Whether its usage is billed; absent means it is.
    #[serde(skip_serializing_if = "Vacant::is_vacant")]
    pub billable_status: Option<BillableStatus>,
}
