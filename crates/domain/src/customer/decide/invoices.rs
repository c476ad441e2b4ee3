//! Invoice delivery and roll-up. The rules apply to the state after the change.

use super::Decision;
use crate::customer::billing::{InvoiceDelivery, InvoiceDeliveryPatch, InvoiceMethod};
use crate::customer::events::Event;
use crate::customer::refusal::Refusal;
use crate::customer::state::Customer;
use crate::customer::tax::{Rollup, RollupPatch};

pub(super) fn update_delivery(state: &Customer, patch: InvoiceDeliveryPatch) -> Decision {
    let changed = state.invoice_delivery.reduce(patch);
    if changed.is_empty() {
        return Ok(vec![]);
    }
    check_delivery(&state.invoice_delivery.with(changed.clone()))?;
    Ok(vec![Event::InvoiceDeliveryUpdated(changed)])
}

pub(super) fn set_rollup(state: &Customer, patch: RollupPatch) -> Decision {
    let changed = state.rollup.reduce(patch);
    if changed.is_empty() {
        return Ok(vec![]);
    }
    check_rollup(&state.rollup.with(changed.clone()))?;
    Ok(vec![Event::RollupBillingSet(changed)])
}

fn check_delivery(merged: &InvoiceDelivery) -> Result<(), Refusal> {
    match merged.method {
        Some(InvoiceMethod::EmailInvoice) if merged.email.is_none() => {
            Err(Refusal::InvoiceEmailMissing)
        }
        Some(InvoiceMethod::PaperInvoice) if merged.address.is_empty() => {
            Err(Refusal::InvoiceAddressMissing)
        }
        Some(InvoiceMethod::EmailInvoice | InvoiceMethod::PaperInvoice) | None => Ok(()),
    }
}

fn check_rollup(merged: &Rollup) -> Result<(), Refusal> {
    match (merged.start_date, merged.end_date) {
        (Some(start), Some(end)) if end < start => Err(Refusal::RollupEndsBeforeStart),
        _ => Ok(()),
    }
}
