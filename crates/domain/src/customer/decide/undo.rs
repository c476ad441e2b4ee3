//! The events that take back what one event changed.

use std::collections::BTreeSet;

use super::{
    Decision, billing, identity, integrations, invoices, lifecycle, parent, payment, revenue,
    unless,
};
use crate::customer::billing::{CONFIGS_MAX, Integration, UnmapIntegration};
use crate::customer::changes::changes;
use crate::customer::configs::{Archivable, active};
use crate::customer::context::DecisionContext;
use crate::customer::events::Event;
use crate::customer::payment::{PaymentProfile, PaymentProfileChange};
use crate::customer::profile::UpdateProfile;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::customer::values::{Metadata, Status};
use crate::fields::FieldChange;
use crate::record::Slot as _;

/// Gives each field of the event its former value. A field that has it already stays. If a field has neither this
/// value nor the one of the event, the undo is refused.
pub(super) fn undo(state: &Customer, context: &DecisionContext) -> Decision {
    let after = context.undone.as_deref().ok_or(Refusal::VersionUnknown)?;
    let before = context.past.as_deref().filter(|past| past.status != Status::Unregistered);
    let before = before.ok_or(Refusal::RegistrationStays)?;
    let archived = (before.status, after.status) == (Status::Active, Status::Archived);
    if state.status == Status::Archived && !archived {
        return Err(Refusal::CustomerArchived);
    }
    if !changed_since(state, before, after).is_empty() {
        return Err(Refusal::ChangedSince);
    }
    let mut events = status(state, context, before, after)?;
    events.extend(names(state, context, before, after)?);
    events.extend(configurations(state, context, before, after)?);
    events.extend(mappings(state, before, after)?);
    events.extend(payments(state, before, after)?);
    events.extend(settings(state, before, after)?);
    if before.parent_customer_id != after.parent_customer_id {
        events.extend(parent::set(state, context, before.parent_customer_id)?);
    }
    Ok(events)
}

/// The fields of the event between `before` and `after` that have changed since, as pointers into the customer: they
/// have neither the value that the event gave them nor the one before it.
///
/// What comes back only as a whole is one field: a configuration, an integration, a payment profile that was added
/// or removed, the value of a key of metadata, the metadata of a payment profile.
#[must_use]
pub fn changed_since(state: &Customer, before: &Customer, after: &Customer) -> Vec<String> {
    let event = changes(&compared(before), &compared(after));
    let since = changes(&compared(after), &compared(state));
    let moved = changes(&compared(before), &compared(state));
    let mut changed: BTreeSet<String> = fields(&event, before, after)
        .filter(|field| touches(&since, field) && touches(&moved, field))
        .map(str::to_owned)
        .collect();
    if default_needs(state, before, after) {
        changed.insert("/payment/default_payment_profile_id".to_owned());
    }
    changed.into_iter().collect()
}

/// The part of a state that an undo compares: without what follows from other fields, and without archived
/// configurations.
fn compared(state: &Customer) -> Customer {
    let mut compared = state.clone();
    compared.former_external_ids.clear();
    compared.unique_custom_fields.clear();
    compared.billing_configs.retain(|config| config.archived_at.is_none());
    compared.revenue_configs.retain(|config| config.archived_at.is_none());
    compared
}

/// The fields of an event. What comes back only as a whole is one.
fn fields<'a>(
    event: &'a [FieldChange],
    before: &Customer,
    after: &Customer,
) -> impl Iterator<Item = &'a str> {
    // The document shows it as soon as it shows anything of the payment.
    let same_auto_pay = before.payment.auto_pay == after.payment.auto_pay;
    event.iter().filter_map(move |change| {
        let field = change.field.as_str();
        let whole = match field.split('/').nth(1)? {
            "payment" if field == "/payment/auto_pay" && same_auto_pay => return None,
            "payment" => beginning(field, 3)
                .filter(|profile| is_whole(event, profile))
                .or_else(|| beginning(field, 4).filter(|part| part.ends_with("/metadata"))),
            "billing_configs" | "revenue_configs" | "integrations" | "metadata" => {
                beginning(field, 2)
            }
            "billable_status" => beginning(field, 1),
            _ => None,
        };
        Some(whole.unwrap_or(field))
    })
}

/// Whether an event added or removed this payment profile.
fn is_whole(event: &[FieldChange], profile: &str) -> bool {
    event.iter().any(|change| change.field.strip_prefix(profile) == Some("/id"))
}

/// The first `parts` of a pointer; `None` if it has fewer.
fn beginning(field: &str, parts: usize) -> Option<&str> {
    let mut ends = field.match_indices('/').map(|(at, _)| at).chain([field.len()]);
    ends.nth(parts).and_then(|end| field.get(..end))
}

/// Whether one of the changes is of this field, of a part of it, or of what it is a part of.
fn touches(changes: &[FieldChange], field: &str) -> bool {
    let is_in = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    changes.iter().any(|change| is_in(&change.field, field) || is_in(field, &change.field))
}

/// Whether the present default is a payment profile that cannot be the default after the undo.
fn default_needs(state: &Customer, before: &Customer, after: &Customer) -> bool {
    let usable = |customer: &Customer, id| {
        customer.payment.profile(id).is_some_and(PaymentProfile::is_active)
    };
    let default = state.payment.default_payment_profile_id.as_ref();
    default.is_some_and(|id| {
        after.payment.default_payment_profile_id.as_ref() != Some(id)
            && usable(after, id)
            && !usable(before, id)
    })
}

fn status(
    state: &Customer,
    context: &DecisionContext,
    before: &Customer,
    after: &Customer,
) -> Decision {
    if before.status == after.status || before.status == state.status {
        return Ok(vec![]);
    }
    match before.status {
        Status::Active => lifecycle::restore(state, context),
        Status::Archived => Ok(vec![Event::CustomerArchived {}]),
        Status::Unregistered => Ok(vec![]),
    }
}

fn names(
    state: &Customer,
    context: &DecisionContext,
    before: &Customer,
    after: &Customer,
) -> Decision {
    let profile = state.profile.following(&after.profile, &before.profile);
    let mut events = identity::update_profile(state, UpdateProfile(Box::new(profile)))?;
    if before.external_id != after.external_id {
        let former = before.external_id.clone();
        events.extend(identity::change_external_id(state, context, former)?);
    }
    if before.aliases != after.aliases {
        events.extend(identity::set_aliases(state, context, before.aliases.clone())?);
    }
    events.extend(identity::change_metadata(state, metadata(state, before, after))?);
    events.extend(custom_fields(state, context, before, after)?);
    Ok(events)
}

/// The metadata in which the keys of the event have their former values.
fn metadata(state: &Customer, before: &Customer, after: &Customer) -> Metadata {
    let mut metadata = state.metadata.clone();
    for key in before.metadata.keys().chain(after.metadata.keys()) {
        match (before.metadata.get(key), after.metadata.get(key)) {
            (former, given) if former == given => {}
            (Some(former), _) => metadata.insert(key.clone(), former.clone()),
            (None, _) => metadata.remove(key),
        }
    }
    metadata
}

fn custom_fields(
    state: &Customer,
    context: &DecisionContext,
    before: &Customer,
    after: &Customer,
) -> Decision {
    let set = after.custom_fields.keys();
    let gone = set.filter(|key| !before.custom_fields.contains_key(*key)).cloned().collect();
    let former = before.custom_fields.iter();
    let back = former.filter(|(key, value)| after.custom_fields.get(*key) != Some(value));
    let back = back.map(|(key, value)| (key.clone(), value.clone())).collect();
    identity::exchange_custom_fields(state, context, gone, back)
}

fn configurations(
    state: &Customer,
    context: &DecisionContext,
    before: &Customer,
    after: &Customer,
) -> Decision {
    let mut target = state.clone();
    if before.billing_configs != after.billing_configs {
        let (gone, back) = exchanged(&before.billing_configs, &after.billing_configs);
        target.billing_configs.retain(|config| !gone.contains(config));
        let missing = back.into_iter().filter(|config| !state.billing_configs.contains(config));
        target.billing_configs.extend(missing);
    }
    if before.revenue_configs != after.revenue_configs {
        let (gone, back) = exchanged(&before.revenue_configs, &after.revenue_configs);
        target.revenue_configs.retain(|config| !gone.contains(config));
        let missing = back.into_iter().filter(|config| !state.revenue_configs.contains(config));
        target.revenue_configs.extend(missing);
    }
    if active(&target.billing_configs).count() > CONFIGS_MAX {
        return Err(Refusal::TooManyBillingConfigs);
    }
    if active(&target.revenue_configs).count() > CONFIGS_MAX {
        return Err(Refusal::TooManyRevenueConfigs);
    }
    let mut events = billing::revert(state, &target, context)?;
    events.extend(revenue::revert(state, &target, context)?);
    Ok(events)
}

/// The configurations in use that only `after` has, and those that only `before` has.
fn exchanged<C: Archivable>(before: &[C], after: &[C]) -> (Vec<C>, Vec<C>) {
    let only = |one: &[C], other: &[C]| {
        let missing = active(one).filter(|config| !active(other).any(|known| known == *config));
        missing.cloned().collect()
    };
    (only(after, before), only(before, after))
}

fn mappings(state: &Customer, before: &Customer, after: &Customer) -> Decision {
    let of = |customer: &Customer, wanted: &Integration| {
        let mut known = customer.integrations.iter();
        known.find(|known| known.is_of(&wanted.provider_type, &wanted.provider_entity_id)).cloned()
    };
    let mut events = vec![];
    for given in &after.integrations {
        if of(before, given).is_none() && of(state, given).is_some() {
            events.extend(integrations::unmap(
                state,
                UnmapIntegration {
                    provider_type: given.provider_type.clone(),
                    provider_entity_id: given.provider_entity_id.clone(),
                },
            )?);
        }
    }
    for former in &before.integrations {
        if of(after, former).as_ref() != Some(former) {
            events.extend(integrations::map(state, former.clone())?);
        }
    }
    Ok(events)
}

fn payments(state: &Customer, before: &Customer, after: &Customer) -> Decision {
    let mut events = vec![];
    for given in &after.payment.profiles {
        if before.payment.profile(&given.id).is_none() && state.payment.profile(&given.id).is_some()
        {
            events.extend(payment::detach(state, given.id.clone())?);
        }
    }
    for former in &before.payment.profiles {
        match after.payment.profile(&former.id) {
            Some(given) => {
                let back = back(given, former);
                if !back.is_empty() && state.payment.profile(&former.id).is_some() {
                    events.extend(payment::update(state, back)?);
                }
            }
            None => events.extend(payment::attach(state, former.clone())?),
        }
    }
    let (then, given) = (&before.payment, &after.payment);
    let moved = then.default_payment_profile_id != given.default_payment_profile_id;
    if moved || then.auto_pay != given.auto_pay {
        let now = &state.payment;
        let default = if moved { then } else { now }.default_payment_profile_id.clone();
        let paid = if then.auto_pay == given.auto_pay { now } else { then }.auto_pay;
        events.extend(payment::set_default_to(now, default, paid)?);
    }
    Ok(events)
}

/// The change that gives a payment profile its former values.
fn back(given: &PaymentProfile, former: &PaymentProfile) -> PaymentProfileChange {
    PaymentProfileChange {
        id: former.id.clone(),
        status: Some(former.status).filter(|status| *status != given.status),
        r#type: given.r#type.towards(&former.r#type),
        provider: given.provider.towards(&former.provider),
        display_name: given.display_name.towards(&former.display_name),
        expires_at: given.expires_at.towards(&former.expires_at),
        metadata: given.metadata.towards(&former.metadata),
    }
}

fn settings(state: &Customer, before: &Customer, after: &Customer) -> Decision {
    let config = state.config.following(&after.config, &before.config);
    let tax = state.tax.following(&after.tax, &before.tax);
    let (given, former) = (&after.invoice_delivery, &before.invoice_delivery);
    let delivery = state.invoice_delivery.following(given, former);
    let rollup = state.rollup.following(&after.rollup, &before.rollup);
    let mut events = unless(config.is_empty(), Event::ConfigUpdated(config));
    events.extend(invoices::update_delivery(state, delivery)?);
    events.extend(unless(tax.is_empty(), Event::TaxSettingsSet(tax)));
    events.extend(invoices::set_rollup(state, rollup)?);
    let status = before.billable_status;
    if status != after.billable_status && status != state.billable_status {
        events.push(Event::BillableStatusSet { billable_status: status });
    }
    Ok(events)
}
