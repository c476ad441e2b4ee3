//! The changes that have a form.

use serde_json::Value;

use super::members::{at, is_archived};

/// A change, by what it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Name, contacts, address.
    Profile,
    /// The tenant's own values.
    Metadata,
    /// The tenant's own id.
    ExternalId,
    /// Other names that find the customer.
    Aliases,
    /// Adding a billing configuration.
    AddBilling,
    /// Archiving billing configurations.
    ArchiveBilling,
    /// The default means of payment.
    Payment,
    /// Taxes.
    Tax,
    /// The parent.
    Parent,
    /// Moving the customer into the archive.
    Archive,
    /// Moving the customer out of the archive.
    Restore,
    /// Going back to an earlier version.
    Revert,
    /// Undoing one event.
    Undo,
}

impl Kind {
    /// Those that the menu has. The others are begun where their version is shown.
    pub(super) const LISTED: [Self; 11] = [
        Self::Profile,
        Self::Metadata,
        Self::ExternalId,
        Self::Aliases,
        Self::AddBilling,
        Self::ArchiveBilling,
        Self::Payment,
        Self::Tax,
        Self::Parent,
        Self::Archive,
        Self::Restore,
    ];

    /// The command's name, which is that of the form in addresses, too.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Profile => "update-profile",
            Self::Metadata => "replace-metadata",
            Self::ExternalId => "change-external-id",
            Self::Aliases => "set-aliases",
            Self::AddBilling => "add-billing-config",
            Self::ArchiveBilling => "archive-billing-configs",
            Self::Payment => "set-default-payment-profile",
            Self::Tax => "set-tax-settings",
            Self::Parent => "set-parent",
            Self::Archive => "archive-customer",
            Self::Restore => "restore-customer",
            Self::Revert => "revert-to",
            Self::Undo => "undo-event",
        }
    }

    /// The change that an address names.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::LISTED.into_iter().chain([Self::Revert, Self::Undo]).find(|kind| kind.name() == name)
    }

    /// What the form is called.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Profile => "Change the profile",
            Self::Metadata => "Change the metadata",
            Self::ExternalId => "Change the external id",
            Self::Aliases => "Change the aliases",
            Self::AddBilling => "Add a billing configuration",
            Self::ArchiveBilling => "Archive billing configurations",
            Self::Payment => "Change the default payment",
            Self::Tax => "Change the tax settings",
            Self::Parent => "Change the parent",
            Self::Archive => "Archive the customer",
            Self::Restore => "Restore the customer",
            Self::Revert => "Go back to an earlier version",
            Self::Undo => "Undo one change",
        }
    }

    /// What it is for.
    pub(super) const fn about(self) -> &'static str {
        match self {
            Self::Profile => "Name, e-mail, phone, language, address.",
            Self::Metadata => "Your own values about the customer.",
            Self::ExternalId => "Your own id; the former one still finds the customer.",
            Self::Aliases => "Other names that find the customer.",
            Self::AddBilling => "A provider that sends the invoices.",
            Self::ArchiveBilling => "Providers that no longer send invoices.",
            Self::Payment => "The means of payment that is used, and whether automatically.",
            Self::Tax => "Whether taxes are due, and which.",
            Self::Parent => "The customer above this one.",
            Self::Archive => "An archived customer refuses every change except its restoration.",
            Self::Restore => "The customer takes changes again.",
            Self::Revert => "The configuration of that version becomes the latest one.",
            Self::Undo => "The fields of one event get their old values back.",
        }
    }

    /// Where the customer's document has the members of the command's body.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Self::Profile => "/profile",
            Self::Tax => "/tax",
            Self::Payment => "/payment",
            Self::AddBilling => "/billing_configs/new",
            Self::Metadata
            | Self::ExternalId
            | Self::Aliases
            | Self::ArchiveBilling
            | Self::Parent
            | Self::Archive
            | Self::Restore
            | Self::Revert
            | Self::Undo => "",
        }
    }

    /// Whether it is possible for a customer in this state.
    pub(super) fn applies(self, state: &Value) -> bool {
        let archived = is_archived(state);
        let billed = at(state, "/billing_configs").and_then(Value::as_array);
        match self {
            Self::Restore => archived,
            Self::ArchiveBilling => {
                let active = |config: &Value| at(config, "/archived_at").is_none();
                !archived && billed.is_some_and(|configs| configs.iter().any(active))
            }
            Self::Profile
            | Self::Metadata
            | Self::ExternalId
            | Self::Aliases
            | Self::AddBilling
            | Self::Payment
            | Self::Tax
            | Self::Parent
            | Self::Archive
            | Self::Revert => !archived,
            // The archiving may be what is undone.
            Self::Undo => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::customer::Command;
    use serde_json::json;

    #[test]
    fn every_form_sends_a_command_that_exists() {
        for kind in Kind::LISTED.into_iter().chain([Kind::Revert, Kind::Undo]) {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert!(Command::read(kind.name(), json!({})).is_some(), "{}", kind.name());
        }
    }

    #[test]
    fn an_archived_customer_can_only_be_restored() {
        let archived = json!({ "status": "archived" });
        let possible = Kind::LISTED.into_iter().filter(|kind| kind.applies(&archived));
        assert_eq!(possible.collect::<Vec<_>>(), [Kind::Restore]);
    }
}
