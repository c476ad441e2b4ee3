//! The profile, external id, aliases, metadata and custom fields.

use super::{Decision, unless};
use crate::customer::commands::UpdateMetadata;
use crate::customer::context::DecisionContext;
use crate::customer::events::Event;
use crate::customer::profile::UpdateProfile;
use crate::customer::refusal::Refusal;
use crate::customer::reservations::{Reservation, ReservationKind};
use crate::customer::state::Customer;
use crate::customer::values::{
    Aliases, CustomFieldKey, CustomFieldKeys, CustomFields, ExternalId, Metadata,
    RESERVATION_KEY_BYTES_MAX,
};

pub(super) fn update_profile(state: &Customer, command: UpdateProfile) -> Decision {
    let UpdateProfile(patch) = command;
    if patch.name.is_clear() {
        return Err(Refusal::NameRequired);
    }
    let changed = state.profile.reduce(*patch);
    Ok(unless(changed.is_empty(), Event::ProfileUpdated(changed)))
}

pub(super) fn change_external_id(
    state: &Customer,
    context: &DecisionContext,
    external_id: Option<ExternalId>,
) -> Decision {
    if state.external_id == external_id {
        return Ok(vec![]);
    }
    check_external_id(context, external_id.as_ref())?;
    Ok(vec![Event::ExternalIdChanged { external_id }])
}

pub(super) fn set_aliases(
    state: &Customer,
    context: &DecisionContext,
    aliases: Aliases,
) -> Decision {
    if state.aliases == aliases {
        return Ok(vec![]);
    }
    check_aliases(context, &aliases)?;
    Ok(vec![Event::AliasesSet { aliases }])
}

pub(super) fn replace_metadata(state: &Customer, metadata: Metadata) -> Vec<Event> {
    unless(state.metadata == metadata, Event::MetadataReplaced { metadata })
}

/// Sets and removes single keys.
pub(super) fn update_metadata(state: &Customer, command: UpdateMetadata) -> Decision {
    let mut metadata = state.metadata.clone();
    for key in command.unset.iter() {
        metadata.remove(key);
    }
    for (key, value) in command.set.into_map() {
        metadata.insert(key, value);
    }
    change_metadata(state, metadata)
}

/// Stores metadata of which single keys changed. The event has all of the metadata, as that of a replacement has.
pub(super) fn change_metadata(state: &Customer, metadata: Metadata) -> Decision {
    // What was stored under a higher limit may stay, but may not grow.
    if metadata.len() > Metadata::ENTRIES_MAX.max(state.metadata.len()) {
        return Err(Refusal::TooManyMetadata);
    }
    Ok(replace_metadata(state, metadata))
}

pub(super) fn set_custom_fields(
    state: &Customer,
    context: &DecisionContext,
    fields: CustomFields,
) -> Decision {
    let asked = fields.into_map().into_iter();
    let fields: CustomFields =
        asked.filter(|(key, value)| state.custom_fields.get(key) != Some(value)).collect();
    if fields.is_empty() {
        return Ok(vec![]);
    }
    let unique = check_custom_fields(context, &fields)?;
    let added = fields.keys().filter(|key| !state.custom_fields.contains_key(*key)).count();
    if state.custom_fields.len().saturating_add(added) > CustomFields::ENTRIES_MAX {
        return Err(Refusal::TooManyCustomFields);
    }
    Ok(vec![Event::CustomFieldsSet { fields, unique }])
}

pub(super) fn delete_custom_fields(state: &Customer, keys: Vec<CustomFieldKey>) -> Vec<Event> {
    let there = keys.into_iter().filter(|key| state.custom_fields.contains_key(key));
    let keys: CustomFieldKeys = there.collect();
    unless(keys.is_empty(), Event::CustomFieldsDeleted { keys })
}

/// Deletes `gone`, then sets `back`: so there is room for the fields that come back.
pub(super) fn exchange_custom_fields(
    state: &Customer,
    context: &DecisionContext,
    gone: Vec<CustomFieldKey>,
    back: CustomFields,
) -> Decision {
    let mut events = delete_custom_fields(state, gone);
    let kept = events.iter().cloned().fold(state.clone(), Customer::evolve);
    events.extend(set_custom_fields(&kept, context, back)?);
    Ok(events)
}

/// Whether the name is too long to be reserved.
pub(super) const fn too_long(reservation: &Reservation) -> bool {
    reservation.key.len() > RESERVATION_KEY_BYTES_MAX
}

/// Whether another customer holds the name.
pub(super) fn is_taken(context: &DecisionContext, reservation: &Reservation) -> bool {
    context.holders.get(reservation).is_some_and(|holder| *holder != context.customer)
}

pub(super) fn check_external_id(
    context: &DecisionContext,
    id: Option<&ExternalId>,
) -> Result<(), Refusal> {
    let reservation = id.map(|id| Reservation::new(ReservationKind::ExternalId, id.as_str()));
    let taken = reservation.is_some_and(|reservation| is_taken(context, &reservation));
    if taken { Err(Refusal::ExternalIdTaken) } else { Ok(()) }
}

pub(super) fn check_aliases(context: &DecisionContext, aliases: &Aliases) -> Result<(), Refusal> {
    let mut reservations =
        aliases.iter().map(|alias| Reservation::new(ReservationKind::Alias, alias.as_str()));
    let taken = reservations.any(|reservation| is_taken(context, &reservation));
    if taken { Err(Refusal::AliasTaken) } else { Ok(()) }
}

/// The fields that have to be unique, if all can be set.
pub(super) fn check_custom_fields(
    context: &DecisionContext,
    fields: &CustomFields,
) -> Result<CustomFieldKeys, Refusal> {
    let mut unique = CustomFieldKeys::new();
    for (key, value) in fields.iter() {
        let defined = context.tenant.custom_field(key).ok_or(Refusal::CustomFieldKeyUnknown)?;
        if !defined.enforce_uniqueness {
            continue;
        }
        let reservation = Reservation::custom_field(key, value);
        if too_long(&reservation) {
            return Err(Refusal::CustomFieldValueTooLong);
        }
        if is_taken(context, &reservation) {
            return Err(Refusal::CustomFieldValueTaken);
        }
        unique.insert(key.clone());
    }
    Ok(unique)
}
