//! The table of a customer's commands, and the bodies of those without a better place.

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
use super::values::{Aliases, CustomFieldKey, CustomFields, ExternalId, Metadata, MetadataKey};
use crate::check::{Pointer, Violation};
use crate::commands::commands;
use crate::ids::{BillingConfigId, CustomerId, RevenueConfigId};
use crate::list::Distinct;
use crate::object::object;
use crate::patch::{Patch, nullable};

commands! {
    patterns command_about in customer;
    Registration {
        RegisterCustomer(RegisterCustomer), "register-customer",
            "Registers a customer.";
        UpsertCustomer(UpsertCustomer), "upsert-customer",
            "Registers the customer if it does not exist, and updates it if it does.";
    }
    Profile {
        UpdateProfile(UpdateProfile), "update-profile",
            "Changes who the customer is, field by field.";
        ChangeExternalId(ChangeExternalId), "change-external-id",
            "Gives the customer another external id; the former one still finds it.";
        SetAliases(SetAliases), "set-aliases",
            "Replaces the customer's aliases.";
        ReplaceMetadata(ReplaceMetadata), "replace-metadata",
            "Replaces the customer's metadata.";
        UpdateMetadata(UpdateMetadata), "update-metadata",
            "Sets and removes single metadata keys and leaves the others.";
        SetCustomFields(SetCustomFields), "set-custom-fields",
            "Sets the named custom fields and leaves the others.";
        DeleteCustomFields(DeleteCustomFields), "delete-custom-fields",
            "Removes the named custom fields.";
        UpdateConfig(ConfigPatch), "update-config",
            "Changes the customer's settings, field by field.";
    }
    Billing {
        AddBillingConfig(AddBillingConfig), "add-billing-config",
            "Adds a billing configuration.";
        ArchiveBillingConfigs(ArchiveBillingConfigs), "archive-billing-configs",
            "Archives billing configurations, all or none.";
        AddRevenueConfig(AddRevenueConfig), "add-revenue-config",
            "Adds a revenue configuration.";
        ArchiveRevenueConfigs(ArchiveRevenueConfigs), "archive-revenue-configs",
            "Archives revenue configurations, all or none.";
    }
    Integrations {
        MapIntegration(Integration), "map-integration",
            "Sets the customer's name in another system.";
        UnmapIntegration(UnmapIntegration), "unmap-integration",
            "Removes the customer's name in another system.";
    }
    Payment {
        UpdateInvoiceDelivery(InvoiceDeliveryPatch), "update-invoice-delivery",
            "Changes how the customer gets its invoices, field by field.";
        AttachPaymentProfile(PaymentProfile), "attach-payment-profile",
            "Adds a means of payment.";
        UpdatePaymentProfile(PaymentProfileChange), "update-payment-profile",
            "Changes a means of payment, field by field.";
        DetachPaymentProfile(DetachPaymentProfile), "detach-payment-profile",
            "Removes a means of payment.";
        SetDefaultPaymentProfile(SetDefaultPaymentProfile), "set-default-payment-profile",
            "Sets the default means of payment and automatic payment.";
    }
    Tax {
        SetTaxSettings(TaxPatch), "set-tax-settings",
            "Changes how the customer is taxed, field by field.";
    }
    Hierarchy {
        SetRollupBilling(RollupPatch), "set-rollup-billing",
            "Changes how children's bills are rolled up, field by field.";
        SetParent(SetParent), "set-parent",
            "Sets or removes the customer's parent.";
    }
    Status {
        SetBillableStatus(BillableStatus), "set-billable-status",
            "Sets whether the customer's usage is billed, and since when.";
        ArchiveCustomer(ArchiveCustomer), "archive-customer",
            "Archives the customer. It then refuses every change except its restoration.";
        RestoreCustomer(RestoreCustomer), "restore-customer",
            "Takes the customer out of the archive.";
    }
    History {
        RevertTo(RevertTo), "revert-to",
            "Restores the configuration of an earlier version.";
        UndoEvent(UndoEvent), "undo-event",
            "Takes back what one event changed, if nothing has changed it since.";
    }
}
pub(super) use command_about;

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
            /// Other names that find it.
            aliases: Aliases,
            /// The tenant's own values.
            metadata: Metadata,
            /// Values of custom fields. The tenant has to define their keys.
            custom_fields: CustomFields,
            /// The customer's own settings.
            config: ConfigPatch,
            /// Its parent.
            parent_customer_id: Option<CustomerId>,
        }
    }
    check = check_registration;
}

object! {
    /// The body of `upsert-customer`. Absent fields stay as they are.
    pub struct UpsertCustomer {
        may {
            /// The id of the customer, if this command registers it.
            #[serde(skip)]
            id: Option<CustomerId>,
            /// Its external id, if this command registers it: the one in the path.
            #[serde(skip)]
            external_id: Option<ExternalId>,
            /// Who the customer is, changed field by field. A new customer needs `name`.
            profile: Option<Box<ProfilePatch>>,
            /// All of the customer's aliases.
            aliases: Option<Aliases>,
            /// All of the customer's metadata.
            metadata: Option<Metadata>,
            /// Custom fields to set; others stay. The tenant has to define their keys.
            custom_fields: CustomFields,
            /// The customer's own settings, changed field by field.
            config: ConfigPatch,
            /// The parent; `null` removes it.
            parent_customer_id: Patch<CustomerId>,
        }
    }
    check = check_upsert;
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
    /// The body of `update-metadata`.
    pub struct UpdateMetadata {
        may {
            /// The keys to set, with their values.
            set: Metadata,
            /// The keys to remove. Unknown ones are ignored.
            unset: Distinct<MetadataKey, 100>,
        }
    }
    check = check_metadata;
}

object! {
    /// The body of `set-custom-fields`.
    pub struct SetCustomFields {
        must {
            /// The fields to set. The tenant has to define their keys.
            fields: CustomFields,
        }
    }
}

object! {
    /// The body of `delete-custom-fields`.
    pub struct DeleteCustomFields {
        must {
            /// The fields to delete. Unknown ones are ignored.
            keys: Distinct<CustomFieldKey, 100>,
        }
    }
}

object! {
    /// The body of `set-parent`.
    pub struct SetParent {
        must {
            /// The parent; `null` for none.
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

object! {
    /// The body of `undo-event`.
    pub struct UndoEvent {
        must {
            /// The version that the event created: 1 or more.
            #[schemars(range(min = 1))]
            version: u64,
        }
    }
    check = check_event;
}

fn check_registration(command: &RegisterCustomer, at: &mut Pointer, found: &mut Vec<Violation>) {
    if command.profile.name.value().is_none() {
        at.within("profile", |at| at.within("name", |at| at.refuse(found, "is required")));
    }
}

fn check_upsert(command: &UpsertCustomer, at: &mut Pointer, found: &mut Vec<Violation>) {
    if command.profile.as_ref().is_some_and(|profile| profile.name.is_clear()) {
        at.within("profile", |at| {
            at.within("name", |at| at.refuse(found, "must not be cleared"));
        });
    }
}

fn check_metadata(command: &UpdateMetadata, at: &mut Pointer, found: &mut Vec<Violation>) {
    for (nth, key) in command.unset.iter().enumerate() {
        if command.set.contains_key(key) {
            at.within("unset", |at| {
                at.within(&nth.to_string(), |at| at.refuse(found, "must not be in set, too"));
            });
        }
    }
}

impl From<UpsertCustomer> for RegisterCustomer {
    fn from(command: UpsertCustomer) -> Self {
        Self {
            profile: command.profile.unwrap_or_default(),
            id: command.id,
            external_id: command.external_id,
            aliases: command.aliases.unwrap_or_default(),
            metadata: command.metadata.unwrap_or_default(),
            custom_fields: command.custom_fields,
            config: command.config,
            parent_customer_id: command.parent_customer_id.value().copied(),
        }
    }
}

fn check_version(command: &RevertTo, at: &mut Pointer, found: &mut Vec<Violation>) {
    refuse_zero(command.version, at, found);
}

fn check_event(command: &UndoEvent, at: &mut Pointer, found: &mut Vec<Violation>) {
    refuse_zero(command.version, at, found);
}

fn refuse_zero(version: u64, at: &mut Pointer, found: &mut Vec<Violation>) {
    if version == 0 {
        at.within("version", |at| at.refuse(found, "must be 1 or more"));
    }
}

impl Command {
    /// Fills in an id from `new_id` if the command makes something and has no id for it.
    ///
    /// Called once, when the command arrives, so that a repeated decision has the same result.
    pub fn fill_ids(&mut self, mut new_id: impl FnMut() -> Uuid) {
        match self {
            Self::RegisterCustomer(command) => {
                command.id.get_or_insert_with(|| CustomerId(new_id()));
            }
            Self::UpsertCustomer(command) => {
                command.id.get_or_insert_with(|| CustomerId(new_id()));
            }
            Self::AddBillingConfig(command) => {
                command.id.get_or_insert_with(|| BillingConfigId(new_id()));
            }
            Self::AddRevenueConfig(command) => {
                command.id.get_or_insert_with(|| RevenueConfigId(new_id()));
            }
            Self::ArchiveBillingConfigs(_)
            | Self::ArchiveRevenueConfigs(_)
            | command_about!(Profile)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Hierarchy)
            | command_about!(Status)
            | command_about!(History) => {}
        }
    }

    /// The id of the customer that the command registers if no customer has the external id.
    #[must_use]
    pub const fn id_if_new(&self) -> Option<CustomerId> {
        match self {
            Self::UpsertCustomer(command) if command.external_id.is_some() => command.id,
            Self::UpsertCustomer(_)
            | Self::RegisterCustomer(_)
            | command_about!(Profile)
            | command_about!(Billing)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Hierarchy)
            | command_about!(Status)
            | command_about!(History) => None,
        }
    }

    /// The version whose state the command needs in its context. 0 is before the registration.
    #[must_use]
    pub const fn past_version(&self) -> Option<u64> {
        match self {
            Self::RevertTo(command) => Some(command.version),
            Self::UndoEvent(command) => command.version.checked_sub(1),
            command_about!(Registration)
            | command_about!(Profile)
            | command_about!(Billing)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Hierarchy)
            | command_about!(Status) => None,
        }
    }

    /// The version of the event that the command undoes. Its context needs the state at this version, too.
    #[must_use]
    pub const fn undone_version(&self) -> Option<u64> {
        match self {
            Self::UndoEvent(command) => Some(command.version),
            Self::RevertTo(_)
            | command_about!(Registration)
            | command_about!(Profile)
            | command_about!(Billing)
            | command_about!(Integrations)
            | command_about!(Payment)
            | command_about!(Tax)
            | command_about!(Hierarchy)
            | command_about!(Status) => None,
        }
    }
}

#[cfg(test)]
mod tests;
