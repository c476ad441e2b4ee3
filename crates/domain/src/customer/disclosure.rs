//! What the events of a command can show to the sender.

use super::commands::Command;

/// The values in the events of a command that do not come from the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disclosure {
    /// None: each value in the events comes from the command.
    Nothing,
    /// Values that the customer has now.
    Present,
    /// Values that the customer had, and values that it has now.
    Past,
}

impl Command {
    /// What the events of this command can disclose. Every command is listed, not its topic, so that a
    /// new one does not compile until it is classified here.
    #[must_use]
    pub fn discloses(&self) -> Disclosure {
        match self {
            Self::RevertTo(_) | Self::UndoEvent(_) => Disclosure::Past,
            // The event contains both members, also one that the command does not contain.
            Self::SetDefaultPaymentProfile(command)
                if command.payment_profile_id.is_keep() || command.auto_pay.is_none() =>
            {
                Disclosure::Present
            }
            // The event contains all of the metadata.
            Self::UpdateMetadata(_) => Disclosure::Present,
            Self::SetDefaultPaymentProfile(_)
            | Self::RegisterCustomer(_)
            | Self::UpsertCustomer(_)
            | Self::UpdateProfile(_)
            | Self::ChangeExternalId(_)
            | Self::SetAliases(_)
            | Self::ReplaceMetadata(_)
            | Self::SetCustomFields(_)
            | Self::DeleteCustomFields(_)
            | Self::UpdateConfig(_)
            | Self::AddBillingConfig(_)
            | Self::ArchiveBillingConfigs(_)
            | Self::AddRevenueConfig(_)
            | Self::ArchiveRevenueConfigs(_)
            | Self::MapIntegration(_)
            | Self::UnmapIntegration(_)
            | Self::UpdateInvoiceDelivery(_)
            | Self::AttachPaymentProfile(_)
            | Self::UpdatePaymentProfile(_)
            | Self::DetachPaymentProfile(_)
            | Self::SetTaxSettings(_)
            | Self::SetRollupBilling(_)
            | Self::SetParent(_)
            | Self::SetBillableStatus(_)
            | Self::ArchiveCustomer(_)
            | Self::RestoreCustomer(_) => Disclosure::Nothing,
        }
    }
}

#[cfg(test)]
mod tests;
