//! The names, codes and small values of a customer, and their limits.

mod metadata;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::metadata::MetadataValue;
use crate::check::always_valid;
use crate::iso;
use crate::list::{Dict, Distinct};
use crate::text::{as_it_looks, email, key, text};

/// The longest key of a reservation in bytes. The database's index has room for no more.
pub const RESERVATION_KEY_BYTES_MAX: usize = 512;

text! {
    /// The tenant's own id of a customer; unique among its customers that are not archived.
    pub struct ExternalId, chars 1..=255, check = reservable;
    /// Another name that finds a customer; unique per tenant until it is removed.
    pub struct Alias, chars 1..=128, check = reservable;
    /// A customer's display name. It may have tabs.
    pub struct CustomerName, chars 1..=255 [tabs];
    /// An e-mail address, also an international one: a local part as in RFC 6531, a domain as in IDNA with a dot.
    pub struct Email, chars 3..=255, check = email;
    /// A telephone number as people write it, with its extension.
    pub struct Phone, chars 1..=50;
    /// A short text: a title, a name, a designation.
    pub struct ShortText, chars 1..=255;
    /// A longer text, which may have several lines.
    pub struct Note, chars 1..=1000 [lines];
    /// An id in a system of the tenant's or of others.
    pub struct OtherId, chars 1..=255, check = as_it_looks;
    /// A word from another system.
    pub struct Word, chars 1..=64, check = as_it_looks;
    /// A kind of thing in another system.
    pub struct Kind, chars 1..=50;
    /// A short label to find customers by.
    pub struct Tag, chars 1..=64;
    /// A well-formed language tag of BCP 47.
    pub struct Locale, chars 2..=35, check = locale;
    /// A time zone of the IANA database.
    pub struct TimeZone, chars 1..=50, check = time_zone;
    /// A country: ISO 3166-1 alpha-2, in upper case, or `XK` for Kosovo.
    pub struct CountryCode, chars 2..=2, check = iso::country;
    /// A currency: ISO 4217, in upper case.
    pub struct CurrencyCode, chars 3..=3, check = iso::currency;
    /// A line of an address.
    pub struct AddressLine, chars 1..=255;
    /// A city or a state.
    pub struct Locality, chars 1..=100;
    /// A postal code.
    pub struct PostalCode, chars 1..=20;
    /// A name that the tenant gives to a value of its own.
    pub struct MetadataKey, chars 1..=100;
    /// The name of a custom field, as the tenant defined it.
    pub struct CustomFieldKey, chars 1..=100;
    /// The value of a custom field.
    pub struct CustomFieldValue, chars 1..=500;
    /// A percentage as decimal text, from 0 to less than 1000, with at most six decimals. It is never
    /// rounded.
    pub struct Rate, chars 1..=10, check = rate;
}

/// The tenant's own values.
pub type Metadata = Dict<MetadataKey, MetadataValue, 100>;
/// A customer's custom fields.
pub type CustomFields = Dict<CustomFieldKey, CustomFieldValue, 100>;
/// A customer's other names, in the order in which they were given.
pub type Aliases = Distinct<Alias, 2000>;
/// Keys of custom fields.
pub type CustomFieldKeys = BTreeSet<CustomFieldKey>;

/// The status of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The customer does not exist yet.
    #[default]
    Unregistered,
    /// The customer accepts commands.
    Active,
    /// The customer accepts only its restoration.
    Archived,
}

/// Whether something is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Billable {
    /// Usage is billed.
    Billable,
    /// Usage is not billed.
    Unbillable,
}

/// What kind of party a customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomerType {
    /// A person.
    Consumer,
    /// A company.
    Business,
}

always_valid!(Status, Billable, CustomerType);

fn reservable(text: &str) -> Result<(), &'static str> {
    if key(text).len() > RESERVATION_KEY_BYTES_MAX {
        return Err("must have at most 512 bytes in UTF-8");
    }
    as_it_looks(text)
}

fn locale(text: &str) -> Result<(), &'static str> {
    match oxilangtag::LanguageTag::parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err("must be a language tag as in BCP 47"),
    }
}

fn time_zone(text: &str) -> Result<(), &'static str> {
    match text.parse::<chrono_tz::Tz>() {
        Ok(_) => Ok(()),
        Err(_) => Err("must be a time zone of the IANA database"),
    }
}

fn rate(text: &str) -> Result<(), &'static str> {
    let digits = |part: &str| part.chars().all(|character| character.is_ascii_digit());
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let shaped = (1..=3).contains(&whole.len())
        && digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && (1..=6).contains(&decimals.len())
        && digits(decimals);
    if shaped {
        Ok(())
    } else {
        Err("must be a decimal number from 0 up to 1000 with at most 6 decimals")
    }
}

#[cfg(test)]
mod tests;
