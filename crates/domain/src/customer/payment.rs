//! How a customer pays: payment profiles, the default among them, automatic payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{Kind, Metadata, ShortText};
use crate::check::{Pointer, Violation, always_valid};
use crate::ids::PaymentProfileId;
use crate::list::Vacant;
use crate::object::object;
use crate::patch::Patch;
use crate::record::Slot;
use crate::text::as_it_looks;
use crate::time::Timestamp;

/// The most payment profiles of a customer.
pub const PAYMENT_PROFILES_MAX: usize = 50;

/// Whether a payment profile can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentProfileStatus {
    /// It can.
    Active,
    /// It was disabled.
    Inactive,
    /// It has expired.
    Expired,
    /// The payer has to do something first.
    RequiresAction,
}

always_valid!(PaymentProfileStatus);

object! {
    /// A means of payment of this customer, as its provider knows it. Also the body of
    /// `attach-payment-profile`.
    pub struct PaymentProfile {
        must {
            /// The profile's id, chosen by the caller.
            id: PaymentProfileId,
            /// Whether it can be used.
            status: PaymentProfileStatus,
        }
        may {
            /// Its kind: a card, an account.
            r#type: Option<Kind>,
            /// The payment provider.
            provider: Option<Kind>,
            /// A name that people recognise.
            display_name: Option<ShortText>,
            /// When it expires; absent means never, or not known.
            expires_at: Option<Timestamp>,
            /// The tenant's own values about it.
            metadata: Metadata,
        }
    }
    check = check_id;
}

object! {
    /// What to change of a payment profile: absent fields stay, `null` clears. Also the body of
    /// `update-payment-profile`.
    pub struct PaymentProfileChange {
        must {
            /// Which profile.
            id: PaymentProfileId,
        }
        may {
            /// Whether it can be used.
            status: Option<PaymentProfileStatus>,
            /// Its kind: a card, an account.
            r#type: Patch<Kind>,
            /// The payment provider.
            provider: Patch<Kind>,
            /// A name that people recognise.
            display_name: Patch<ShortText>,
            /// When it expires.
            expires_at: Patch<Timestamp>,
            /// The tenant's own values about it, replaced as a whole.
            metadata: Patch<Metadata>,
        }
    }
}

object! {
    /// The body of `detach-payment-profile`.
    pub struct DetachPaymentProfile {
        must {
            /// Which profile.
            id: PaymentProfileId,
        }
    }
}

object! {
    /// The body of `set-default-payment-profile`. `null` also turns automatic payment off.
    pub struct SetDefaultPaymentProfile {
        may {
            /// An active profile of this customer.
            payment_profile_id: Patch<PaymentProfileId>,
            /// Whether invoices are paid with it automatically; absent keeps the setting.
            auto_pay: Option<bool>,
        }
    }
    check = check_default;
}

/// Only new ids are checked: a profile of an older event can be detached, whatever its id.
fn check_id(profile: &PaymentProfile, at: &mut Pointer, found: &mut Vec<Violation>) {
    if let Err(detail) = as_it_looks(profile.id.as_str()) {
        at.within("id", |at| at.refuse(found, detail));
    }
}

fn check_default(command: &SetDefaultPaymentProfile, at: &mut Pointer, found: &mut Vec<Violation>) {
    if command.payment_profile_id.is_clear() && command.auto_pay == Some(true) {
        at.within("auto_pay", |at| at.refuse(found, "must not be true without a default profile"));
    }
}

/// How the customer pays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Payment {
    /// The active payment profile that is used by default; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_payment_profile_id: Option<PaymentProfileId>,
    /// Whether invoices are paid with the default automatically.
    pub auto_pay: bool,
    /// All profiles, in the order in which they were attached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<PaymentProfile>,
}

impl Vacant for Payment {
    fn is_vacant(&self) -> bool {
        *self == Self::default()
    }
}

impl Payment {
    /// The profile with this id, if the customer has it.
    #[must_use]
    pub fn profile(&self, id: &PaymentProfileId) -> Option<&PaymentProfile> {
        self.profiles.iter().find(|profile| profile.id == *id)
    }
}

impl PaymentProfile {
    /// Whether payments can be made with it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == PaymentProfileStatus::Active
    }

    /// `change` without the parts that would change nothing.
    #[must_use]
    pub fn reduce(&self, change: PaymentProfileChange) -> PaymentProfileChange {
        PaymentProfileChange {
            id: change.id,
            status: change.status.filter(|status| *status != self.status),
            r#type: self.r#type.reduced(change.r#type),
            provider: self.provider.reduced(change.provider),
            display_name: self.display_name.reduced(change.display_name),
            expires_at: self.expires_at.reduced(change.expires_at),
            metadata: self.metadata.reduced(change.metadata),
        }
    }

    /// Applies the change.
    pub fn apply(&mut self, change: PaymentProfileChange) {
        if let Some(status) = change.status {
            self.status = status;
        }
        self.r#type.change(change.r#type);
        self.provider.change(change.provider);
        self.display_name.change(change.display_name);
        self.expires_at.change(change.expires_at);
        self.metadata.change(change.metadata);
    }
}

impl PaymentProfileChange {
    /// Whether it changes no field.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.r#type.is_keep()
            && self.provider.is_keep()
            && self.display_name.is_keep()
            && self.expires_at.is_keep()
            && self.metadata.is_keep()
    }
}
