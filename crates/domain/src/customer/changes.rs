//! The differences between two states of a customer, field by field, as a history shows them.

use super::billing::{BillingConfig, Integration, RevenueConfig};
use super::payment::{Payment, PaymentProfile};
use super::state::Customer;
use super::values::Status;
use crate::fields::{Differences, FieldChange, Fields, Identified, differ};
use crate::list::Vacant;

/// The differences between two states of a customer, in the order of the fields.
///
/// A field is a leaf of the state's JSON: `/profile/address/city`. Billing and revenue
/// configurations, integrations and payment profiles are named by their ids
/// (`/billing_configs/<id>/provider`, `/integrations/<provider_type>:<provider_entity_id>/…`) and
/// sorted by these names. Any other list is one field.
#[must_use]
pub fn changes(before: &Customer, after: &Customer) -> Vec<FieldChange> {
    let mut differences = Differences::default();
    differ!(differences, before, after: Customer {
        status,
        external_id,
        former_external_ids,
        aliases,
        profile,
        metadata,
        custom_fields,
        unique_custom_fields,
        config,
        billing_configs,
        revenue_configs,
        integrations,
        invoice_delivery,
        payment,
        tax,
        rollup,
        parent_customer_id,
        billable_status,
    });
    differences.into_found()
}

impl Fields for Status {
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        Option::differ(&Some(*before), &Some(*after), differences);
    }
}

impl Fields for Payment {
    fn differ(before: &Self, after: &Self, differences: &mut Differences) {
        let Self { default_payment_profile_id, auto_pay: _, profiles } = after;
        differences.field(
            "default_payment_profile_id",
            &before.default_payment_profile_id,
            default_payment_profile_id,
        );
        // The state shows `auto_pay` whenever it shows the payment at all.
        let shown = |payment: &Self| (!payment.is_vacant()).then_some(payment.auto_pay);
        differences.field("auto_pay", &shown(before), &shown(after));
        differences.field("profiles", &before.profiles, profiles);
    }
}

impl Identified for BillingConfig {
    fn identity(&self) -> String {
        self.id.to_string()
    }
}

impl Identified for RevenueConfig {
    fn identity(&self) -> String {
        self.id.to_string()
    }
}

impl Identified for PaymentProfile {
    fn identity(&self) -> String {
        self.id.to_string()
    }
}

impl Identified for Integration {
    /// Escapes a colon in the type as `\:`, and a backslash as two, so that no two integrations have
    /// the same name: `c` in the system `a:b` is not `b:c` in the system `a`.
    fn identity(&self) -> String {
        let provider_type = self.provider_type.as_str().replace('\\', r"\\").replace(':', r"\:");
        format!("{provider_type}:{}", self.provider_entity_id)
    }
}

#[cfg(test)]
pub(super) mod tests;
