//! The state that each event leads to.

use super::Customer;
use super::billing::Integration;
use super::configs;
use super::events::{Event, Registered};
use super::state::FORMER_EXTERNAL_IDS_KEPT;
use super::values::{ExternalId, Status};

impl Customer {
    /// The state after one more event. Never fails: what has happened cannot be refused.
    #[must_use]
    pub fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::CustomerRegistered(registered) => return Self::registered(registered),
            Event::ProfileUpdated(patch) => self.profile.apply(patch),
            Event::ExternalIdChanged { external_id } => self.change_external_id(external_id),
            Event::AliasesSet { aliases } => self.aliases = aliases,
            Event::MetadataReplaced { metadata } => self.metadata = metadata,
            Event::CustomFieldsSet { fields, mut unique } => {
                for (key, value) in fields.into_map() {
                    self.unique_custom_fields.remove(&key);
                    self.custom_fields.insert(key, value);
                }
                self.unique_custom_fields.append(&mut unique);
            }
            Event::CustomFieldsDeleted { keys } => {
                for key in &keys {
                    self.custom_fields.remove(key);
                    self.unique_custom_fields.remove(key);
                }
            }
            Event::ConfigUpdated(patch) => self.config.apply(patch),
            Event::BillingConfigAdded(config) => configs::add(&mut self.billing_configs, config),
            Event::BillingConfigArchived { id, archived_at } => {
                configs::archive(&mut self.billing_configs, id, archived_at);
            }
            Event::RevenueConfigAdded(config) => configs::add(&mut self.revenue_configs, config),
            Event::RevenueConfigArchived { id, archived_at } => {
                configs::archive(&mut self.revenue_configs, id, archived_at);
            }
            Event::IntegrationMapped(integration) => self.map_integration(integration),
            Event::IntegrationUnmapped { provider_type, provider_entity_id } => {
                self.integrations
                    .retain(|integration| !integration.is_of(&provider_type, &provider_entity_id));
            }
            Event::InvoiceDeliveryUpdated(patch) => self.invoice_delivery.apply(patch),
            Event::PaymentProfileAttached(profile) => self.payment.profiles.push(profile),
            Event::PaymentProfileUpdated(change) => {
                let mut profiles = self.payment.profiles.iter_mut();
                if let Some(profile) = profiles.find(|profile| profile.id == change.id) {
                    profile.apply(change);
                }
            }
            Event::PaymentProfileDetached { id } => {
                self.payment.profiles.retain(|profile| profile.id != id);
            }
            Event::DefaultPaymentProfileSet { payment_profile_id, auto_pay } => {
                self.payment.default_payment_profile_id = payment_profile_id;
                self.payment.auto_pay = auto_pay;
            }
            Event::TaxSettingsSet(patch) => self.tax.apply(patch),
            Event::RollupBillingSet(patch) => self.rollup.apply(patch),
            Event::ParentSet { parent_customer_id } => self.parent_customer_id = parent_customer_id,
            Event::BillableStatusSet { billable_status } => self.billable_status = billable_status,
            Event::CustomerArchived {} => self.status = Status::Archived,
            Event::CustomerRestored {} => self.status = Status::Active,
        }
        self
    }

    fn registered(registered: Registered) -> Self {
        Self {
            status: Status::Active,
            external_id: registered.external_id,
            aliases: registered.aliases,
            profile: registered.profile,
            metadata: registered.metadata,
            custom_fields: registered.custom_fields,
            unique_custom_fields: registered.unique_custom_fields,
            config: registered.config,
            parent_customer_id: registered.parent_customer_id,
            ..Self::default()
        }
    }

    fn change_external_id(&mut self, external_id: Option<ExternalId>) {
        let former = std::mem::replace(&mut self.external_id, external_id);
        self.former_external_ids.retain(|id| Some(id) != self.external_id.as_ref());
        if let Some(former) = former {
            self.former_external_ids.retain(|id| *id != former);
            self.former_external_ids.push(former);
        }
        let too_many = self.former_external_ids.len().saturating_sub(FORMER_EXTERNAL_IDS_KEPT);
        self.former_external_ids.drain(..too_many);
    }

    fn map_integration(&mut self, integration: Integration) {
        let mut known = self.integrations.iter_mut();
        let same = known
            .find(|known| known.is_of(&integration.provider_type, &integration.provider_entity_id));
        match same {
            Some(known) => *known = integration,
            None => self.integrations.push(integration),
        }
    }
}

#[cfg(test)]
mod tests;
