//! Names and values: the profile, external id, aliases, metadata and custom fields.

use super::{Decision, unless};
use crate::customer::claims::{Claim, ClaimKind};
use crate::customer::events::Event;
use crate::customer::facts::Facts;
use crate::customer::profile::UpdateProfile;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::customer::values::{
    Aliases, CLAIM_KEY_BYTES_MAX, CustomFieldKey, CustomFieldKeys, CustomFields, ExternalId,
    Metadata,
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
    facts: &Facts,
    external_id: Option<ExternalId>,
) -> Decision {
    if state.external_id == external_id {
        return Ok(vec![]);
    }
    check_external_id(facts, external_id.as_ref())?;
    Ok(vec![Event::ExternalIdChanged { external_id }])
}

pub(super) fn set_aliases(state: &Customer, facts: &Facts, aliases: Aliases) -> Decision {
    if state.aliases == aliases {
        return Ok(vec![]);
    }
    check_aliases(facts, &aliases)?;
    Ok(vec![Event::AliasesSet { aliases }])
}

pub(super) fn replace_metadata(state: &Customer, metadata: Metadata) -> Vec<Event> {
    unless(state.metadata == metadata, Event::MetadataReplaced { metadata })
}

pub(super) fn set_custom_fields(state: &Customer, facts: &Facts, fields: CustomFields) -> Decision {
    let asked = fields.into_map().into_iter();
    let fields: CustomFields =
        asked.filter(|(key, value)| state.custom_fields.get(key) != Some(value)).collect();
    if fields.is_empty() {
        return Ok(vec![]);
    }
    let unique = check_custom_fields(facts, &fields)?;
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

/// Whether somebody else holds `claim`.
fn is_taken(facts: &Facts, claim: &Claim) -> bool {
    facts.holders.get(claim).is_some_and(|holder| *holder != facts.customer)
}

pub(super) fn check_external_id(facts: &Facts, id: Option<&ExternalId>) -> Result<(), Refusal> {
    let claim = id.map(|id| Claim::new(ClaimKind::ExternalId, id.as_str()));
    let taken = claim.is_some_and(|claim| is_taken(facts, &claim));
    if taken { Err(Refusal::ExternalIdTaken) } else { Ok(()) }
}

pub(super) fn check_aliases(facts: &Facts, aliases: &Aliases) -> Result<(), Refusal> {
    let mut claims = aliases.iter().map(|alias| Claim::new(ClaimKind::Alias, alias.as_str()));
    let taken = claims.any(|claim| is_taken(facts, &claim));
    if taken { Err(Refusal::AliasTaken) } else { Ok(()) }
}

/// Which of `fields` have to be unique, if all of them can be set.
pub(super) fn check_custom_fields(
    facts: &Facts,
    fields: &CustomFields,
) -> Result<CustomFieldKeys, Refusal> {
    let mut unique = CustomFieldKeys::new();
    for (key, value) in fields.iter() {
        let defined = facts.tenant.custom_field(key).ok_or(Refusal::CustomFieldKeyUnknown)?;
        if !defined.enforce_uniqueness {
            continue;
        }
        let claim = Claim::custom_field(key, value);
        if claim.key.len() > CLAIM_KEY_BYTES_MAX {
            return Err(Refusal::CustomFieldValueTooLong);
        }
        if is_taken(facts, &claim) {
            return Err(Refusal::CustomFieldValueTaken);
        }
        unique.insert(key.clone());
    }
    Ok(unique)
}
