//! Refusals of commands with several custom fields: which field it is.

use super::identity::{is_taken, too_long};
use crate::customer::commands::Command;
use crate::customer::context::DecisionContext;
use crate::customer::refusal::Refusal;
use crate::customer::reservations::Reservation;
use crate::customer::state::Customer;
use crate::customer::values::{CustomFieldKey, CustomFields};

impl Refusal {
    /// The refusal's text with the key of the custom field that it is about. `None` if it is not about one field
    /// of the command: a field that only the past has is not named, because not every key may see it.
    #[must_use]
    pub fn detail(
        self,
        state: &Customer,
        context: &DecisionContext,
        command: &Command,
    ) -> Option<String> {
        let fields = sent(command)?.iter();
        let mut changed =
            fields.filter(|(key, value)| state.custom_fields.get(*key) != Some(*value));
        let unique = |key: &CustomFieldKey| {
            context.tenant.custom_field(key).is_some_and(|defined| defined.enforce_uniqueness)
        };
        let (key, text) = if self == Self::CustomFieldKeyUnknown {
            let unknown =
                |(key, _): &(&CustomFieldKey, _)| context.tenant.custom_field(key).is_none();
            (
                changed.find(unknown)?.0,
                "the tenant does not define it: add its key to the tenant first",
            )
        } else if self == Self::CustomFieldValueTaken {
            let taken = changed.find(|(key, value)| {
                unique(key) && is_taken(context, &Reservation::custom_field(key, value))
            });
            (taken?.0, "it is unique, and another customer has this value")
        } else if self == Self::CustomFieldValueTooLong {
            let long = changed.find(|(key, value)| {
                unique(key) && too_long(&Reservation::custom_field(key, value))
            });
            (long?.0, "it is unique, so key and value have at most 512 bytes together")
        } else {
            return None;
        };
        Some(format!("the custom field `{}`: {text}", key.as_str()))
    }
}

/// The custom fields that a command sets.
const fn sent(command: &Command) -> Option<&CustomFields> {
    if let Command::RegisterCustomer(command) = command {
        Some(&command.custom_fields)
    } else if let Command::SetCustomFields(command) = command {
        Some(&command.fields)
    } else if let Command::UpsertCustomer(command) = command {
        Some(&command.custom_fields)
    } else {
        None
    }
}
