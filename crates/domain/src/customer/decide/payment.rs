//! Payment profiles. The default is always an active one, also between two events of one command: the default
//! is cleared before its profile goes or expires.

use super::{Decision, unless};
use crate::customer::events::Event;
use crate::customer::payment::{
    PAYMENT_PROFILES_MAX, Payment, PaymentProfile, PaymentProfileChange, SetDefaultPaymentProfile,
};
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::ids::PaymentProfileId;
use crate::patch::Patch;

pub(super) fn attach(state: &Customer, profile: PaymentProfile) -> Decision {
    match state.payment.profile(&profile.id) {
        Some(known) if *known == profile => return Ok(vec![]),
        Some(_) => return Err(Refusal::PaymentProfileExists),
        None => {}
    }
    if state.payment.profiles.len() >= PAYMENT_PROFILES_MAX {
        return Err(Refusal::TooManyPaymentProfiles);
    }
    Ok(vec![Event::PaymentProfileAttached(profile)])
}

pub(super) fn update(state: &Customer, change: PaymentProfileChange) -> Decision {
    let known = state.payment.profile(&change.id).ok_or(Refusal::PaymentProfileUnknown)?;
    let changed = known.reduce(change);
    if changed.is_empty() {
        return Ok(vec![]);
    }
    let mut after = known.clone();
    after.apply(changed.clone());
    let cleared = if after.is_active() { None } else { clear_default(&state.payment, &after.id) };
    Ok(cleared.into_iter().chain([Event::PaymentProfileUpdated(changed)]).collect())
}

pub(super) fn detach(state: &Customer, id: PaymentProfileId) -> Decision {
    state.payment.profile(&id).ok_or(Refusal::PaymentProfileUnknown)?;
    let cleared = clear_default(&state.payment, &id);
    Ok(cleared.into_iter().chain([Event::PaymentProfileDetached { id }]).collect())
}

pub(super) fn set_default(state: &Customer, command: SetDefaultPaymentProfile) -> Decision {
    let payment_profile_id = match command.payment_profile_id {
        Patch::Keep => state.payment.default_payment_profile_id.clone(),
        Patch::Clear => None,
        Patch::Set(id) => Some(id),
    };
    // Automatic payment needs a default, so it is turned off without one.
    let before = state.payment.auto_pay && payment_profile_id.is_some();
    let auto_pay = command.auto_pay.unwrap_or(before);
    set_default_to(&state.payment, payment_profile_id, auto_pay)
}

/// Sets this default.
pub(super) fn set_default_to(
    payment: &Payment,
    payment_profile_id: Option<PaymentProfileId>,
    auto_pay: bool,
) -> Decision {
    match &payment_profile_id {
        None if auto_pay => return Err(Refusal::AutoPayNeedsDefault),
        None => {}
        Some(id) => {
            let profile = payment.profile(id).ok_or(Refusal::PaymentProfileUnknown)?;
            if !profile.is_active() {
                return Err(Refusal::PaymentProfileNotActive);
            }
        }
    }
    let same =
        payment.default_payment_profile_id == payment_profile_id && payment.auto_pay == auto_pay;
    Ok(unless(same, Event::DefaultPaymentProfileSet { payment_profile_id, auto_pay }))
}

/// Clears the default if it is the profile `id`, which can no longer be used.
fn clear_default(payment: &Payment, id: &PaymentProfileId) -> Option<Event> {
    (payment.default_payment_profile_id.as_ref() == Some(id))
        .then_some(Event::DefaultPaymentProfileSet { payment_profile_id: None, auto_pay: false })
}
