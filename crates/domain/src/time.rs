//! Instants in UTC with microseconds.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SubsecRound, Timelike, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::{Serialize, Serializer};

use crate::check::{Check, Pointer, Violation};

const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;
const SHAPE: &str = "a time as in RFC 3339";

/// An instant, to the microsecond. Written in UTC: `2026-01-02T03:04:05.000006Z`.
///
/// Requests may use any RFC 3339 offset, years 1970 to 9999, no leap second. Finer digits are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The same instant as a `chrono` type.
    #[must_use]
    pub const fn to_utc(self) -> DateTime<Utc> {
        self.0
    }

    fn rules(self) -> Result<(), &'static str> {
        if self.0.nanosecond() >= NANOSECONDS_PER_SECOND {
            return Err("must not be a leap second");
        }
        if !(1970..=9999).contains(&self.0.year()) {
            return Err("must be in the years 1970 to 9999");
        }
        Ok(())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(6))
    }
}

impl FromStr for Timestamp {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let instant = DateTime::parse_from_rfc3339(text)
            .map_err(|_| Violation::invalid(format!("must be {SHAPE}")))?;
        let instant = Self::from(instant.to_utc());
        instant.rules().map_err(Violation::invalid)?;
        Ok(instant)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").fmt(formatter)
    }
}

impl Check for Timestamp {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        if let Err(detail) = self.rules() {
            at.refuse(found, detail);
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rfc3339;

        impl Visitor<'_> for Rfc3339 {
            type Value = Timestamp;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(SHAPE)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                DateTime::parse_from_rfc3339(text)
                    .map(|instant| Timestamp::from(instant.to_utc()))
                    .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Rfc3339)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, to the microsecond; years 1970 to 9999, no leap second.",
        })
    }
}

#[cfg(test)]
mod tests;
