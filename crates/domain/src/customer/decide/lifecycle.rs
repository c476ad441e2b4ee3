//! Registration and restoration.

use super::{Decision, identity, parent};
use crate::customer::commands::RegisterCustomer;
use crate::customer::context::DecisionContext;
use crate::customer::events::{Event, Registered};
use crate::customer::profile::{Config, Profile};
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;

pub(super) fn register(context: &DecisionContext, command: RegisterCustomer) -> Decision {
    if command.id.ok_or(Refusal::IdMissing)? != context.customer {
        return Err(Refusal::IdDiffers);
    }
    let profile = Profile::default().with(*command.profile);
    if profile.name.is_none() {
        return Err(Refusal::NameRequired);
    }
    identity::check_external_id(context, command.external_id.as_ref())?;
    identity::check_aliases(context, &command.aliases)?;
    let unique_custom_fields = identity::check_custom_fields(context, &command.custom_fields)?;
    if let Some(wanted) = command.parent_customer_id {
        parent::check(context, wanted)?;
    }
    Ok(vec![Event::CustomerRegistered(Registered {
        profile,
        external_id: command.external_id,
        aliases: command.aliases,
        metadata: command.metadata,
        custom_fields: command.custom_fields,
        unique_custom_fields,
        config: Config::default().with(command.config),
        parent_customer_id: command.parent_customer_id,
    })])
}

/// An archived customer holds its aliases and unique fields, but not its external id.
pub(super) fn restore(state: &Customer, context: &DecisionContext) -> Decision {
    identity::check_external_id(context, state.external_id.as_ref())?;
    Ok(vec![Event::CustomerRestored {}])
}
