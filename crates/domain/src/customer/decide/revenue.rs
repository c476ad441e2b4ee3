//! Revenue configurations: how revenue systems know the customer.

use super::Decision;
use super::billing::check_delivery;
use crate::customer::billing::{AddRevenueConfig, CONFIGS_MAX, RevenueConfig};
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
    if active(state).count() >= CONFIGS_MAX {
        return Err(Refusal::TooManyRevenueConfigs);
    }
    check(facts, &config)?;
    Ok(vec![Event::RevenueConfigAdded(config)])
}

pub(super) fn archive(state: &Customer, facts: &Facts, ids: &[RevenueConfigId]) -> Decision {
    let mut events = vec![];
    for id in ids.iter().copied() {
        let known = state.revenue_configs.iter().find(|known| known.id == id);
        if known.ok_or(Refusal::RevenueConfigUnknown)?.archived_at.is_none() {
            events.push(Event::RevenueConfigArchived { id, archived_at: facts.now.into() });
        }
    }
    Ok(events)
}

/// The configurations in use.
pub(super) fn active(state: &Customer) -> impl Iterator<Item = &RevenueConfig> {
    state.revenue_configs.iter().filter(|config| config.archived_at.is_none())
}

/// Whether the tenant's settings allow `config`.
pub(super) fn check(facts: &Facts, config: &RevenueConfig) -> Result<(), Refusal> {
    check_delivery(facts, config.provider.into(), config.delivery_method, config.delivery_method_id)
}
