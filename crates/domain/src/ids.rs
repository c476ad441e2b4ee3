//! Ids: UUIDs in lower case with hyphens, and the ids of payment profiles.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::check::{Violation, always_valid};
use crate::text::text;

const SHAPE: &str = "a UUID in lower case, with hyphens";

/// Accepts one spelling of a UUID, so two texts are equal exactly if the ids are.
fn parse(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (*id.hyphenated().encode_lower(&mut buffer) == *text).then_some(id)
}

struct Hyphenated;

impl Visitor<'_> for Hyphenated {
    type Value = Uuid;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SHAPE)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Uuid, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

macro_rules! ids {
    ($($(#[$meta:meta])* pub struct $Id:ident;)*) => {$(
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema,
        )]
        #[schemars(transparent)]
        pub struct $Id(pub Uuid);

        always_valid!($Id);

        impl FromStr for $Id {
            type Err = Violation;

            fn from_str(text: &str) -> Result<Self, Violation> {
                let id = parse(text).ok_or_else(|| Violation::invalid(format!("must be {SHAPE}")))?;
                Ok(Self(id))
            }
        }

        impl fmt::Display for $Id {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(formatter)
            }
        }

        impl Serialize for $Id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $Id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Hyphenated).map(Self)
            }
        }

        impl From<Uuid> for $Id {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// Identifies a customer, across all tenants.
    pub struct CustomerId;
    /// Identifies a tenant.
    pub struct TenantId;
    /// Identifies a billing configuration of a customer.
    pub struct BillingConfigId;
    /// Identifies a revenue configuration of a customer.
    pub struct RevenueConfigId;
    /// Identifies a delivery method of a tenant.
    pub struct DeliveryMethodId;
}

text! {
    /// Identifies a payment profile among those of one customer; chosen by the caller.
    pub struct PaymentProfileId, chars 1..=128;
}

#[cfg(test)]
mod tests;
