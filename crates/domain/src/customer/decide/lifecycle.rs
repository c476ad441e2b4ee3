//! Registration and restoration.

use super::{Decision, identity, parent, unless};
use crate::customer::commands::{RegisterCustomer, UpsertCustomer};
use crate::customer::context::DecisionContext;
use crate::customer::events::{Event, Registered};
use crate::customer::profile::{Config, Profile, UpdateProfile};
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::patch::Patch;

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

/// What an upsert changes of a registered customer. The external id stays.
pub(super) fn update(
    state: &Customer,
    context: &DecisionContext,
    command: UpsertCustomer,
) -> Decision {
    let mut events = vec![];
    if let Some(profile) = command.profile {
        events.extend(identity::update_profile(state, UpdateProfile(profile))?);
    }
    if let Some(aliases) = command.aliases {
        events.extend(identity::set_aliases(state, context, aliases)?);
    }
    if let Some(metadata) = command.metadata {
        events.extend(identity::replace_metadata(state, metadata));
    }
    events.extend(identity::set_custom_fields(state, context, command.custom_fields)?);
    let config = state.config.reduce(command.config);
    events.extend(unless(config.is_empty(), Event::ConfigUpdated(config)));
    match command.parent_customer_id {
        Patch::Keep => {}
        Patch::Clear => events.extend(parent::set(state, context, None)?),
        Patch::Set(wanted) => events.extend(parent::set(state, context, Some(wanted))?),
    }
    Ok(events)
}

/// An archived customer holds its aliases and unique fields, but not its external id.
pub(super) fn restore(state: &Customer, context: &DecisionContext) -> Decision {
    identity::check_external_id(context, state.external_id.as_ref())?;
    Ok(vec![Event::CustomerRestored {}])
}
