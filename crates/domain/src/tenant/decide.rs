//! The rules of a tenant: which events a command leads to, or why it is refused.

use chrono::{DateTime, Utc};

use super::commands::{
    AddCustomFieldKey, AddDeliveryMethod, ArchiveDeliveryMethods, Command, RemoveCustomFieldKey,
};
use super::events::Event;
use super::refusal::Refusal;
use super::state::{
    CUSTOM_FIELD_KEYS_MAX, DELIVERY_METHODS_MAX, Tenant, TenantDeliveryMethod, TenantStatus,
};

/// Everything outside the tenant that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct DecisionContext {
    /// The database's time.
    pub now: DateTime<Utc>,
}

/// Decides what `command` does to a tenant in `state`.
///
/// No events means that the command would change nothing.
///
/// # Errors
///
/// A [`Refusal`] when the rules do not allow the command in this state.
pub fn decide(
    state: &Tenant,
    context: &DecisionContext,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    match (state.status, command) {
        (TenantStatus::Unregistered, Command::CreateTenant(command)) => {
            Ok(vec![Event::TenantCreated { name: command.name }])
        }
        (TenantStatus::Unregistered, _) => Err(Refusal::TenantUnknown),
        (TenantStatus::Active, Command::CreateTenant(_)) => Err(Refusal::TenantExists),
        (TenantStatus::Active, Command::RenameTenant(command)) => {
            let same = state.name.as_ref() == Some(&command.name);
            Ok(if same { vec![] } else { vec![Event::TenantRenamed { name: command.name }] })
        }
        (TenantStatus::Active, Command::UpdateSettings(patch)) => {
            let changed = state.settings.reduce(patch);
            let same = changed.is_empty();
            Ok(if same { vec![] } else { vec![Event::TenantSettingsUpdated(changed)] })
        }
        (TenantStatus::Active, Command::AddDeliveryMethod(command)) => add_method(state, command),
        (TenantStatus::Active, Command::ArchiveDeliveryMethods(command)) => {
            archive_methods(state, context, &command)
        }
        (TenantStatus::Active, Command::AddCustomFieldKey(command)) => add_key(state, command),
        (TenantStatus::Active, Command::RemoveCustomFieldKey(command)) => {
            remove_key(state, command)
        }
    }
}

fn add_method(state: &Tenant, command: AddDeliveryMethod) -> Result<Vec<Event>, Refusal> {
    let method = TenantDeliveryMethod {
        id: command.id.ok_or(Refusal::IdMissing)?,
        provider: command.provider,
        delivery_method: command.delivery_method,
        configuration: command.configuration,
        archived_at: None,
    };
    if !method.provider.accepts(method.delivery_method) {
        return Err(Refusal::DeliveryMethodNotForProvider);
    }
    match state.delivery_methods.iter().find(|known| known.id == method.id) {
        Some(known) if *known == method => return Ok(vec![]),
        Some(_) => return Err(Refusal::DeliveryMethodExists),
        None => {}
    }
    let active = state.delivery_methods.iter().filter(|known| known.archived_at.is_none());
    if active.count() >= DELIVERY_METHODS_MAX {
        return Err(Refusal::TooManyDeliveryMethods);
    }
    Ok(vec![Event::DeliveryMethodAdded(method)])
}

fn archive_methods(
    state: &Tenant,
    context: &DecisionContext,
    command: &ArchiveDeliveryMethods,
) -> Result<Vec<Event>, Refusal> {
    let mut events = vec![];
    for id in command.ids.iter().copied() {
        let known = state.delivery_methods.iter().find(|known| known.id == id);
        if known.ok_or(Refusal::DeliveryMethodUnknown)?.archived_at.is_none() {
            events.push(Event::DeliveryMethodArchived { id, archived_at: context.now.into() });
        }
    }
    Ok(events)
}

fn add_key(state: &Tenant, command: AddCustomFieldKey) -> Result<Vec<Event>, Refusal> {
    let enforce_uniqueness = command.enforce_uniqueness.unwrap_or(false);
    match state.custom_field_keys.iter().find(|known| known.key == command.key) {
        Some(known) if !known.removed.0 => {
            let same = known.enforce_uniqueness == enforce_uniqueness;
            return if same { Ok(vec![]) } else { Err(Refusal::CustomFieldKeyDiffers) };
        }
        None if state.custom_field_keys.len() >= CUSTOM_FIELD_KEYS_MAX => {
            return Err(Refusal::TooManyCustomFieldKeys);
        }
        // Values that customers kept stay reserved or not, as when they were set.
        Some(_) | None => {}
    }
    Ok(vec![Event::CustomFieldKeyAdded { key: command.key, enforce_uniqueness }])
}

fn remove_key(state: &Tenant, command: RemoveCustomFieldKey) -> Result<Vec<Event>, Refusal> {
    let known = state.custom_field_keys.iter().find(|known| known.key == command.key);
    if known.ok_or(Refusal::CustomFieldKeyUnknown)?.removed.0 {
        return Ok(vec![]);
    }
    Ok(vec![Event::CustomFieldKeyRemoved { key: command.key }])
}
