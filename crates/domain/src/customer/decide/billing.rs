//! Billing configurations: provider, delivery method and tax provider.

use super::{Decision, configs};
use crate::customer::billing::{AddBillingConfig, BillingConfig, CONFIGS_MAX};
use crate::customer::configs::active;
use crate::customer::context::DecisionContext;
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::{BillingConfigId, DeliveryMethodId};
use crate::provider::{DeliveryMethod, Provider, StripeCollectionMethod};

pub(super) fn add(
    state: &Customer,
    context: &DecisionContext,
    command: AddBillingConfig,
) -> Decision {
    let config = BillingConfig {
        id: command.id.ok_or(Refusal::IdMissing)?,
        provider: command.provider,
        configuration: command.configuration,
        delivery_method: command.delivery_method,
        delivery_method_id: command.delivery_method_id,
        tax_provider: command.tax_provider,
        archived_at: None,
    };
    match state.billing_configs.iter().find(|known| known.id == config.id) {
        Some(known) if *known == config => return Ok(vec![]),
        Some(_) => return Err(Refusal::BillingConfigExists),
        None => {}
    }
    if active(&state.billing_configs).count() >= CONFIGS_MAX {
        return Err(Refusal::TooManyBillingConfigs);
    }
    check(context, &config)?;
    Ok(vec![Event::BillingConfigAdded(config)])
}

pub(super) fn archive(
    state: &Customer,
    context: &DecisionContext,
    ids: &[BillingConfigId],
) -> Decision {
    configs::archive(&state.billing_configs, ids, Refusal::BillingConfigUnknown, archived(context))
}

/// Archives configurations that `past` does not have, and adds those that it has, if the tenant's
/// settings allow them today.
pub(super) fn revert(state: &Customer, past: &Customer, context: &DecisionContext) -> Decision {
    configs::revert(&state.billing_configs, &past.billing_configs, archived(context), |config| {
        check(context, &config)?;
        Ok(Event::BillingConfigAdded(config))
    })
}

fn archived(context: &DecisionContext) -> impl Fn(BillingConfigId) -> Event {
    let archived_at = context.now.into();
    move |id| Event::BillingConfigArchived { id, archived_at }
}

/// Whether the tenant's settings allow `config`.
fn check(context: &DecisionContext, config: &BillingConfig) -> Result<(), Refusal> {
    match (config.delivery_method, config.delivery_method_id) {
        (None, None) => return Err(Refusal::DeliveryMethodMissing),
        (method, id) => check_delivery(context, config.provider, method, id)?,
    }
    let by_intent = config
        .configuration
        .stripe_collection_method()
        .is_some_and(StripeCollectionMethod::is_payment_intent);
    if config.tax_provider.is_some() && !(config.provider == Provider::Stripe && by_intent) {
        return Err(Refusal::TaxProviderNotAllowed);
    }
    Ok(())
}

/// Whether the tenant's settings allow this delivery method for `provider`. Also for revenue
/// configurations.
pub(super) fn check_delivery(
    context: &DecisionContext,
    provider: Provider,
    method: Option<DeliveryMethod>,
    id: Option<DeliveryMethodId>,
) -> Result<(), Refusal> {
    match (method, id) {
        (Some(_), Some(_)) => Err(Refusal::DeliveryMethodAmbiguous),
        (None, Some(id)) => {
            let known = context.tenant.delivery_methods_for(provider).any(|known| known.id == id);
            if known { Ok(()) } else { Err(Refusal::DeliveryMethodUnknown) }
        }
        (Some(method), None) if !provider.accepts(method) => {
            Err(Refusal::DeliveryMethodNotForProvider)
        }
        (Some(method), None) => {
            // If several have this method, it does not say which account to use.
            let methods = context.tenant.delivery_methods_for(provider);
            let mut named = methods.filter(|known| known.delivery_method == method);
            if named.nth(1).is_none() { Ok(()) } else { Err(Refusal::DeliveryMethodIdRequired) }
        }
        (None, None) => Ok(()),
    }
}
