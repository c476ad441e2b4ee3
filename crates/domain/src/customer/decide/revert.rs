//! The events that restore the configuration of an earlier version.

use super::{Decision, billing, identity, parent, payment, revenue, unless};
use crate::customer::context::DecisionContext;
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::customer::values::Status;

/// Reverts the configuration. Not the status, which has commands of its own, and not the payment
/// profiles, which exist outside the service.
pub(super) fn revert(state: &Customer, context: &DecisionContext) -> Decision {
    let past = context.past.as_deref().ok_or(Refusal::VersionUnknown)?;
    if past.status == Status::Unregistered {
        return Err(Refusal::VersionUnknown);
    }
    let mut events = names(state, past, context)?;
    events.extend(billing::revert(state, past, context)?);
    events.extend(revenue::revert(state, past, context)?);
    events.extend(integrations(state, past));
    events.extend(default_payment_profile(state, past)?);
    events.extend(settings(state, past));
    events.extend(parent::set(state, context, past.parent_customer_id)?);
    Ok(events)
}

fn names(state: &Customer, past: &Customer, context: &DecisionContext) -> Decision {
    let profile = state.profile.difference(&past.profile);
    let mut events = unless(profile.is_empty(), Event::ProfileUpdated(profile));
    events.extend(identity::change_external_id(state, context, past.external_id.clone())?);
    events.extend(identity::set_aliases(state, context, past.aliases.clone())?);
    events.extend(identity::replace_metadata(state, past.metadata.clone()));
    events.extend(custom_fields(state, past, context)?);
    Ok(events)
}

fn custom_fields(state: &Customer, past: &Customer, context: &DecisionContext) -> Decision {
    let gone = state.custom_fields.keys().filter(|key| !past.custom_fields.contains_key(*key));
    let (gone, back) = (gone.cloned().collect(), past.custom_fields.clone());
    identity::exchange_custom_fields(state, context, gone, back)
}

fn integrations(state: &Customer, past: &Customer) -> Vec<Event> {
    let gone = state.integrations.iter().filter(|now| {
        let mut then = past.integrations.iter();
        !then.any(|then| then.is_of(&now.provider_type, &now.provider_entity_id))
    });
    let gone = gone.map(|now| Event::IntegrationUnmapped {
        provider_type: now.provider_type.clone(),
        provider_entity_id: now.provider_entity_id.clone(),
    });
    let back = past.integrations.iter().filter(|then| !state.integrations.contains(then));
    gone.chain(back.cloned().map(Event::IntegrationMapped)).collect()
}

fn default_payment_profile(state: &Customer, past: &Customer) -> Decision {
    let default = past.payment.default_payment_profile_id.clone();
    let decision = payment::set_default_to(&state.payment, default, past.payment.auto_pay);
    // A detached profile cannot be used, like an expired one.
    decision.map_err(|refusal| {
        let unusable = refusal == Refusal::PaymentProfileUnknown;
        if unusable { Refusal::PaymentProfileNotActive } else { refusal }
    })
}

fn settings(state: &Customer, past: &Customer) -> Vec<Event> {
    let config = state.config.difference(&past.config);
    let delivery = state.invoice_delivery.difference(&past.invoice_delivery);
    let tax = state.tax.difference(&past.tax);
    let rollup = state.rollup.difference(&past.rollup);
    let mut events = unless(config.is_empty(), Event::ConfigUpdated(config));
    events.extend(unless(delivery.is_empty(), Event::InvoiceDeliveryUpdated(delivery)));
    events.extend(unless(tax.is_empty(), Event::TaxSettingsSet(tax)));
    events.extend(unless(rollup.is_empty(), Event::RollupBillingSet(rollup)));
    if state.billable_status != past.billable_status {
        events.push(Event::BillableStatusSet { billable_status: past.billable_status });
    }
    events
}
