//! Revenue configurations: how revenue systems know the customer.

use super::billing::check_delivery;
use super::{Decision, configs};
use crate::customer::billing::{AddRevenueConfig, CONFIGS_MAX, RevenueConfig};
use crate::customer::configs::active;
use crate::customer::events::Event;
use crate::customer::facts::Facts;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::RevenueConfigId;

pub(super) fn add(state: &Customer, facts: &Facts, command: AddRevenueConfig) -> Decision {
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
    check(facts, &config)?;
    Ok(vec![Event::RevenueConfigAdded(config)])
}

pub(super) fn archive(state: &Customer, facts: &Facts, ids: &[RevenueConfigId]) -> Decision {
    configs::archive(&state.revenue_configs, ids, Refusal::RevenueConfigUnknown, archived(facts))
}

/// Archives what is configured here, as far as it isn't in `past`, and adds what was, if the
/// tenant's settings allow it today.
pub(super) fn revert(state: &Customer, past: &Customer, facts: &Facts) -> Decision {
    configs::revert(&state.revenue_configs, &past.revenue_configs, archived(facts), |config| {
        check(facts, &config)?;
        Ok(Event::RevenueConfigAdded(config))
    })
}

fn archived(facts: &Facts) -> impl Fn(RevenueConfigId) -> Event {
    let archived_at = facts.now.into();
    move |id| Event::RevenueConfigArchived { id, archived_at }
}

/// Whether the tenant's settings allow `config`.
fn check(facts: &Facts, config: &RevenueConfig) -> Result<(), Refusal> {
    check_delivery(facts, config.provider.into(), config.delivery_method, config.delivery_method_id)
}
