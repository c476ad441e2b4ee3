//! The rules of a customer: which events a command leads to, or why it is refused.

mod billing;
mod configs;
mod decision;
mod detail;
mod identity;
mod integrations;
mod invoices;
mod lifecycle;
mod parent;
mod payment;
mod revenue;
mod revert;
mod undo;

use self::decision::{Decision, unless};
pub use self::undo::changed_since;
use super::commands::Command;
use super::context::DecisionContext;
use super::events::Event;
use super::refusal::Refusal;
use super::state::Customer;
use super::values::Status;

/// Decides what `command` does to a customer in `state`.
///
/// No events means that the command would change nothing, so a repeated command is harmless.
///
/// # Errors
///
/// A [`Refusal`] when the rules do not allow the command in this state.
pub fn decide(
    state: &Customer,
    context: &DecisionContext,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    match (state.status, command) {
        (Status::Unregistered, Command::RegisterCustomer(command)) => {
            lifecycle::register(context, command)
        }
        (Status::Unregistered, Command::UpsertCustomer(command)) => {
            lifecycle::register(context, command.into())
        }
        (Status::Unregistered, _) => Err(Refusal::CustomerUnknown),
        (Status::Active | Status::Archived, Command::RegisterCustomer(_)) => {
            Err(Refusal::CustomerExists)
        }
        (Status::Archived, Command::RestoreCustomer(_)) => lifecycle::restore(state, context),
        // The archiving may be what is undone.
        (Status::Archived, Command::UndoEvent(_)) => undo::undo(state, context),
        (Status::Archived, Command::ArchiveCustomer(_))
        | (Status::Active, Command::RestoreCustomer(_)) => Ok(vec![]),
        (Status::Archived, _) => Err(Refusal::CustomerArchived),
        (Status::Active, command) => decide_active(state, context, command),
    }
}

fn decide_active(state: &Customer, context: &DecisionContext, command: Command) -> Decision {
    match command {
        Command::RegisterCustomer(_) => Err(Refusal::CustomerExists),
        Command::UpsertCustomer(command) => lifecycle::update(state, context, command),
        Command::RestoreCustomer(_) => Ok(vec![]),
        Command::ArchiveCustomer(_) => Ok(vec![Event::CustomerArchived {}]),
        Command::UpdateProfile(command) => identity::update_profile(state, command),
        Command::ChangeExternalId(command) => {
            identity::change_external_id(state, context, command.external_id)
        }
        Command::SetAliases(command) => identity::set_aliases(state, context, command.aliases),
        Command::ReplaceMetadata(command) => {
            Ok(identity::replace_metadata(state, command.metadata))
        }
        Command::UpdateMetadata(command) => identity::update_metadata(state, command),
        Command::SetCustomFields(command) => {
            identity::set_custom_fields(state, context, command.fields)
        }
        Command::DeleteCustomFields(command) => {
            Ok(identity::delete_custom_fields(state, command.keys.into_vec()))
        }
        Command::UpdateConfig(patch) => {
            let changed = state.config.reduce(patch);
            Ok(unless(changed.is_empty(), Event::ConfigUpdated(changed)))
        }
        Command::AddBillingConfig(command) => billing::add(state, context, command),
        Command::ArchiveBillingConfigs(command) => billing::archive(state, context, &command.ids),
        Command::AddRevenueConfig(command) => revenue::add(state, context, command),
        Command::ArchiveRevenueConfigs(command) => revenue::archive(state, context, &command.ids),
        Command::MapIntegration(integration) => integrations::map(state, integration),
        Command::UnmapIntegration(command) => integrations::unmap(state, command),
        Command::UpdateInvoiceDelivery(patch) => invoices::update_delivery(state, patch),
        Command::AttachPaymentProfile(profile) => payment::attach(state, profile),
        Command::UpdatePaymentProfile(change) => payment::update(state, change),
        Command::DetachPaymentProfile(command) => payment::detach(state, command.id),
        Command::SetDefaultPaymentProfile(command) => payment::set_default(state, command),
        Command::SetTaxSettings(patch) => {
            let changed = state.tax.reduce(patch);
            Ok(unless(changed.is_empty(), Event::TaxSettingsSet(changed)))
        }
        Command::SetRollupBilling(patch) => invoices::set_rollup(state, patch),
        Command::SetParent(command) => parent::set(state, context, command.parent_customer_id),
        Command::SetBillableStatus(status) => {
            let billable_status = Some(status);
            let same = state.billable_status == billable_status;
            Ok(unless(same, Event::BillableStatusSet { billable_status }))
        }
        Command::RevertTo(_) => revert::revert(state, context),
        Command::UndoEvent(_) => undo::undo(state, context),
    }
}

#[cfg(test)]
mod tests;
