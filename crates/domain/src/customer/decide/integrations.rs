//! The customer's names in other systems.

use super::Decision;
use crate::customer::billing::{INTEGRATIONS_MAX, Integration, UnmapIntegration};
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;

pub(super) fn map(state: &Customer, integration: Integration) -> Decision {
    let mut known = state.integrations.iter();
    let known = known
        .find(|known| known.is_of(&integration.provider_type, &integration.provider_entity_id));
    match known {
        Some(known) if *known == integration => return Ok(vec![]),
        None if state.integrations.len() >= INTEGRATIONS_MAX => {
            return Err(Refusal::TooManyIntegrations);
        }
        Some(_) | None => {}
    }
    Ok(vec![Event::IntegrationMapped(integration)])
}

/// An unknown integration is refused: most likely the name is wrong.
pub(super) fn unmap(state: &Customer, command: UnmapIntegration) -> Decision {
    let UnmapIntegration { provider_type, provider_entity_id } = command;
    let mut known = state.integrations.iter();
    if !known.any(|known| known.is_of(&provider_type, &provider_entity_id)) {
        return Err(Refusal::IntegrationUnknown);
    }
    Ok(vec![Event::IntegrationUnmapped { provider_type, provider_entity_id }])
}
