//! Taxes, and the roll-up of children's bills.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tax_ids::TaxId;
use super::values::{CountryCode, CurrencyCode, Kind, Locality, Metadata, Note, Rate, ShortText};
use crate::check::{Check, Pointer, Violation, always_valid};
use crate::list::List;
use crate::object::object;
use crate::record::record;
use crate::time::Timestamp;

/// Whether the customer pays taxes at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxTreatment {
    /// It does.
    Taxable,
    /// It does not.
    Exempt,
}

/// How often children's bills are rolled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Frequency {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

always_valid!(TaxTreatment, Frequency);

record! {
    /// How the customer is taxed.
    pub struct Tax, patch TaxPatch {
        /// Whether it pays taxes at all.
        treatment: Option<TaxTreatment>,
        /// Taxes of its own instead of the usual ones.
        overrides: List<TaxOverride, 50>,
        /// Rates of the tenant's that apply to it.
        rate_overrides: List<TaxRateOverride, 50>,
        /// Its tax ids.
        ids: List<TaxId, 20>,
    }
}

object! {
    /// A tax of the customer's own.
    pub struct TaxOverride {
        must {
            /// Where.
            country: CountryCode,
            /// What kind of tax.
            r#type: Kind,
            /// What it is called on invoices.
            name: ShortText,
            /// How much, in percent.
            rate: Rate,
        }
        may {
            /// Where within the country.
            region: Option<Locality>,
            /// A description for people.
            description: Option<Note>,
            /// The tenant's own values about it.
            metadata: Metadata,
        }
    }
}

object! {
    /// A rate of the tenant's that applies to the customer.
    pub struct TaxRateOverride {
        must {
            /// The rate's code.
            tax_rate_code: ShortText,
            /// The currency for which it holds.
            currency: CurrencyCode,
        }
        may {
            /// The priority among several: the lowest comes first; absent means 0.
            priority: Option<Priority>,
            /// Whether it is applied automatically; absent means it is.
            auto_apply: Option<bool>,
            /// Whether prices include it.
            tax_behavior: Option<Kind>,
            /// The tenant's own values about it.
            metadata: Metadata,
        }
    }
}

record! {
    /// How the bills of this customer's children are rolled up into its own.
    pub struct Rollup, patch RollupPatch {
        /// Whether they are rolled up; absent means they are not.
        enabled: Option<bool>,
        /// Whether they are charged automatically; absent means they are not.
        auto_charges: Option<bool>,
        /// How often.
        frequency: Option<Frequency>,
        /// From when on.
        start_date: Option<Timestamp>,
        /// Until when; absent means without end. Not earlier than `start_date`.
        end_date: Option<Timestamp>,
        /// Days from an invoice's creation until it is due.
        invoice_due_date_from_creation: Option<DueDays>,
        /// More lines that invoices show.
        invoice_additional_display_fields: List<DisplayField, 20>,
    }
}

object! {
    /// A line that invoices show.
    pub struct DisplayField {
        must {
            /// The label of the line.
            name: ShortText,
            /// The text of the line.
            value: ShortText,
        }
    }
}

/// Declares whole numbers: strict on the way in, lenient when read back.
macro_rules! number {
    ($($(#[$meta:meta])* pub struct $Number:ident, $min:literal..=$max:literal;)*) => {$(
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $Number(#[schemars(range(min = $min, max = $max))] pub u32);

        impl Check for $Number {
            fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
                if !($min..=$max).contains(&self.0) {
                    let detail = concat!("must be from ", $min, " to ", $max);
                    at.refuse(found, detail);
                }
            }
        }
    )*};
}

number! {
    /// The priority among several: the lowest comes first.
    pub struct Priority, 0..=1_000_000;
    /// A number of days.
    pub struct DueDays, 0..=3_650;
}
