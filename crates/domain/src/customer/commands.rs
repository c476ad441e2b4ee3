//! What can be asked of a customer: one table, and the bodies that have no better place.

use uuid::Uuid;

use super::billing::{
    AddBillingConfig, AddRevenueConfig, ArchiveBillingConfigs, ArchiveRevenueConfigs,
    BillableStatus, Integration, InvoiceDeliveryPatch, UnmapIntegration,
};
use super::payment::{
    DetachPaymentProfile, PaymentProfile, PaymentProfileChange, SetDefaultPaymentProfile,
};
use super::profile::{ConfigPatch, ProfilePatch, UpdateProfile};
use super::tax::{RollupPatch, TaxPatch};
use super::values::{Aliases, CustomFieldKey, CustomFields, ExternalId, Metadata};
use crate::check::{Pointer, Violation};
use crate::commands::commands;
use crate::ids::{BillingConfigId, CustomerId, RevenueConfigId};
use crate::list::Distinct;
use crate::object::object;
use crate::patch::{Patch, nullable};

/// Calls `$callback!` with the table of a customer's commands:
/// `(Variant, Payload, "kebab-name", "summary"), …`. Both types are in [`crate::customer`].
#[macro_export]
macro_rules! for_each_customer_command {
    ($callback:ident) => {
        $callback! {
            (RegisterCustomer, RegisterCustomer, "register-customer",
                "Registers a customer."),
            (UpdateProfile, UpdateProfile, "update-profile",
                "Changes who the customer is, field by field."),
            (ChangeExternalId, ChangeExternalId, "change-external-id",
                "Gives the customer another external id; the former one still finds it."),
            (SetAliases, SetAliases, "set-aliases",
                "Replaces the customer's aliases."),
            (ReplaceMetadata, ReplaceMetadata, "replace-metadata",
                "Replaces the customer's metadata."),
            (SetCustomFields, SetCustomFields, "set-custom-fields",
                "Sets the named custom fields and leaves the others."),
            (DeleteCustomFields, DeleteCustomFields, "delete-custom-fields",
                "Removes the named custom fields."),
            (UpdateConfig, ConfigPatch, "update-config",
                "Changes the customer's settings, field by field."),
            (AddBillingConfig, AddBillingConfig, "add-billing-config",
                "Adds a billing configuration."),
            (ArchiveBillingConfigs, ArchiveBillingConfigs, "archive-billing-configs",
                "Archives billing configurations, all or none."),
            (AddRevenueConfig, AddRevenueConfig, "add-revenue-config",
                "Adds a revenue configuration."),
            (ArchiveRevenueConfigs, ArchiveRevenueConfigs, "archive-revenue-configs",
                "Archives revenue configurations, all or none."),
            (MapIntegration, Integration, "map-integration",
                "Says what the customer is called in another system."),
            (UnmapIntegration, UnmapIntegration, "unmap-integration",
                "Forgets what the customer is called in another system."),
            (UpdateInvoiceDelivery, InvoiceDeliveryPatch, "update-invoice-delivery",
                "Changes how the customer gets its invoices, field by field."),
            (AttachPaymentProfile, PaymentProfile, "attach-payment-profile",
                "Adds a means of payment."),
            (UpdatePaymentProfile, PaymentProfileChange, "update-payment-profile",
                "Changes a means of payment, field by field."),
            (DetachPaymentProfile, DetachPaymentProfile, "detach-payment-profile",
                "Removes a means of payment."),
            (SetDefaultPaymentProfile, SetDefaultPaymentProfile, "set-default-payment-profile",
                "Says which means of payment is the default, and whether it pays unasked."),
            (SetTaxSettings, TaxPatch, "set-tax-settings",
                "Changes how the customer is taxed, field by field."),
            (SetRollupBilling, RollupPatch, "set-rollup-billing",
                "Changes how children's bills are rolled up, field by field."),
            (SetParent, SetParent, "set-parent",
                "Puts the customer below another one, or on its own."),
            (SetBillableStatus, BillableStatus, "set-billable-status",
                "Says whether the customer's usage is billed, and since when."),
            (ArchiveCustomer, ArchiveCustomer, "archive-customer",
                "Archives the customer: it then refuses every change but its restoration."),
            (RestoreCustomer, RestoreCustomer, "restore-customer",
                "Takes the customer out of the archive."),
            (RevertTo, RevertTo, "revert-to",
                "Leads the customer's configuration back to that of an earlier version."),
        }
    };
}

for_each_customer_command!(commands);

object! {
    /// The body of `register-customer`.
    pub struct RegisterCustomer {
        must {
            /// Who the customer is; `name` is required.
            profile: Box<ProfilePatch>,
        }
        may {
            /// The customer's id; the service makes one if absent.
            id: Option<CustomerId>,
            /// The tenant's own id of it.
            external_id: Option<ExternalId>,
            /// Other names under which it can be found.
            aliases: Aliases,
            /// The tenant's own values.
            metadata: Metadata,
            /// Values of the custom fields that the tenant defined.
            custom_fields: CustomFields,
            /// The customer's own settings.
            config: ConfigPatch,
            /// The customer below which it is put.
            parent_customer_id: Option<CustomerId>,
        }
    }
    check = check_registration;
}

object! {
    /// The body of `change-external-id`.
    pub struct ChangeExternalId {
        must {
            /// The new external id; `null` removes it.
            #[serde(deserialize_with = "nullable")]
            #[schemars(with = "Patch<ExternalId>")]
            external_id: Option<ExternalId>,
        }
    }
}

object! {
    /// The body of `set-aliases`.
    pub struct SetAliases {
        must {
            /// All of the customer's aliases.
            aliases: Aliases,
        }
    }
}

object! {
    /// The body of `replace-metadata`.
    pub struct ReplaceMetadata {
        must {
            /// All of the customer's metadata.
            metadata: Metadata,
        }
    }
}

object! {
    /// The body of `set-custom-fields`.
    pub struct SetCustomFields {
        must {
            /// The fields to set; the tenant has defined their keys.
            fields: CustomFields,
        }
    }
}

object! {
    /// The body of `delete-custom-fields`.
    pub struct DeleteCustomFields {
        must {
            /// Which fields. Those that are not there are ignored.
            keys: Distinct<CustomFieldKey, 100>,
        }
    }
}

object! {
    /// The body of `set-parent`.
    pub struct SetParent {
        must {
            /// The customer to be below; `null` for none.
            #[serde(deserialize_with = "nullable")]
            #[schemars(with = "Patch<CustomerId>")]
            parent_customer_id: Option<CustomerId>,
        }
    }
}

object! {
    /// The body of `archive-customer`.
    #[derive(Copy, Default)]
    pub struct ArchiveCustomer {}
}

object! {
    /// The body of `restore-customer`.
    #[derive(Copy, Default)]
    pub struct RestoreCustomer {}
}

object! {
    /// The body of `revert-to`.
    pub struct RevertTo {
        must {
            /// The version whose configuration to restore: 1 or more.
            #[schemars(range(min = 1))]
            version: u64,
        }
    }
    check = check_version;
}

fn check_registration(command: &RegisterCustomer, at: &mut Pointer, found: &mut Vec<Violation>) {
    if command.profile.name.value().is_none() {
        at.within("profile", |at| at.within("name", |at| at.refuse(found, "is required")));
    }
}

fn check_version(command: &RevertTo, at: &mut Pointer, found: &mut Vec<Violation>) {
    if command.version == 0 {
        at.within("version", |at| at.refuse(found, "must be 1 or more"));
    }
}

impl Command {
    /// Gives an id of `new_id` to whatever the command makes and the caller left without.
    ///
    /// Called once, where the command arrives, so that deciding it again means the same thing.
    pub fn fill_ids(&mut self, mut new_id: impl FnMut() -> Uuid) {
        match self {
            Self::RegisterCustomer(command) => {
                command.id.get_or_insert_with(|| CustomerId(new_id()));
            }
            Self::AddBillingConfig(command) => {
                command.id.get_or_insert_with(|| BillingConfigId(new_id()));
            }
            Self::AddRevenueConfig(command) => {
                command.id.get_or_insert_with(|| RevenueConfigId(new_id()));
            }
            Self::UpdateProfile(_)
            | Self::ChangeExternalId(_)
            | Self::SetAliases(_)
            | Self::ReplaceMetadata(_)
            | Self::SetCustomFields(_)
            | Self::DeleteCustomFields(_)
            | Self::UpdateConfig(_)
            | Self::ArchiveBillingConfigs(_)
            | Self::ArchiveRevenueConfigs(_)
            | Self::MapIntegration(_)
            | Self::UnmapIntegration(_)
            | Self::UpdateInvoiceDelivery(_)
            | Self::AttachPaymentProfile(_)
            | Self::UpdatePaymentProfile(_)
            | Self::DetachPaymentProfile(_)
            | Self::SetDefaultPaymentProfile(_)
            | Self::SetTaxSettings(_)
            | Self::SetRollupBilling(_)
            | Self::SetParent(_)
            | Self::SetBillableStatus(_)
            | Self::ArchiveCustomer(_)
            | Self::RestoreCustomer(_)
            | Self::RevertTo(_) => {}
        }
    }

    /// The version whose state has to be among the context.
    #[must_use]
    pub fn past_version(&self) -> Option<u64> {
        if let Self::RevertTo(command) = self { Some(command.version) } else { None }
    }
}

#[cfg(test)]
mod tests;
