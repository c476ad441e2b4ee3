//! Revenue configurations.

use super::billing::check_delivery;
use super::{Decision, configs};
use crate::customer::billing::{AddRevenueConfig, CONFIGS_MAX, RevenueConfig};
use crate::customer::configs::active;
use crate::customer::context::DecisionContext;
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::RevenueConfigId;

pub(super) fn add(
    state: &Customer,
    context: &DecisionContext,
    command: AddRevenueConfig,
) -> Decision {
    let config = RevenueConfig {
        id: command.id.ok_or(Refusal::IdMissing)?,
        provider: command.provider,
        configuration: command.configuration,
        delivery_method: command.delivery_method,
        delivery_method_id: command.delivery_method_id,
        archived_at: None,
    };
    match state.revenue_configs.iter().find(|known| known.id == config.id) {
        Some(known) if *known == config => return Ok(vec![]),
        Some(_) => return Err(Refusal::RevenueConfigExists),
        None => {}
    }
    if active(&state.revenue_configs).count() >= CONFIGS_MAX {
        return Err(Refusal::TooManyRevenueConfigs);
    }
    check(context, &config)?;
    Ok(vec![Event::RevenueConfigAdded(config)])
}

pub(super) fn archive(
    state: &Customer,
    context: &DecisionContext,
    ids: &[RevenueConfigId],
) -> Decision {
    configs::archive(&state.revenue_configs, ids, Refusal::RevenueConfigUnknown, archived(context))
}

/// Archives configurations that `past` does not have, and adds those that it has, if the tenant's
/// settings allow them today.
pub(super) fn revert(state: &Customer, past: &Customer, context: &DecisionContext) -> Decision {
    configs::revert(&state.revenue_configs, &past.revenue_configs, archived(context), |config| {
        check(context, &config)?;
        Ok(Event::RevenueConfigAdded(config))
    })
}

fn archived(context: &DecisionContext) -> impl Fn(RevenueConfigId) -> Event {
    let archived_at = context.now.into();
    move |id| Event::RevenueConfigArchived { id, archived_at }
}

/// Whether the tenant's settings allow `config`.
fn check(context: &DecisionContext, config: &RevenueConfig) -> Result<(), Refusal> {
    check_delivery(
        context,
        config.provider.into(),
        config.delivery_method,
        config.delivery_method_id,
    )
}
