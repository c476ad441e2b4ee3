//! Tax ids: of a country, of a type, and checked where there is something to check.

mod checks;
mod european;
mod sums;

use super::values::CountryCode;
use crate::check::{Pointer, Violation};
use crate::object::object;
use crate::text::{as_it_looks, text};

text! {
    /// A tax id as people write it, with its spaces, dots and hyphens.
    pub struct TaxIdValue, chars 1..=50, check = as_it_looks;
    /// A type of tax id: the country in lower case (`eu` for VAT within the European Union) and a name.
    /// `au_abn`, `br_cnpj`, `ca_bn`, `ch_vat`, `eu_vat`, `gb_vat`, `in_gst`, `no_vat`, `nz_gst` and `us_ein` are checked;
    /// others are kept as they are.
    pub struct TaxIdType, chars 4..=50, check = type_name;
}

object! {
    /// A tax id of the customer.
    pub struct TaxId {
        must {
            /// The country that gave it.
            country: CountryCode,
            /// The id.
            value: TaxIdValue,
        }
        may {
            /// Its type; absent means that it is not known, so that the id is not checked.
            r#type: Option<TaxIdType>,
        }
    }
    check = check_tax_id;
}

fn type_name(name: &str) -> Result<(), &'static str> {
    let shaped = name.split_once('_').is_some_and(|(country, of_country)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_lowercase())
            && !of_country.is_empty()
            && of_country.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    });
    if shaped { Ok(()) } else { Err("must be a country in lower case and a name, like eu_vat") }
}

fn check_tax_id(id: &TaxId, at: &mut Pointer, found: &mut Vec<Violation>) {
    let Some(kind) = &id.r#type else { return };
    let Some((country, _)) = kind.as_str().split_once('_') else { return };
    let country = country.to_ascii_uppercase();
    let fits = if country == "EU" {
        european::prefix(id.country.as_str()).is_some()
    } else {
        country == id.country.as_str()
    };
    if !fits {
        at.within("type", |at| at.refuse(found, "must be a type of the country"));
        return;
    }
    let compact = compact(id.value.as_str());
    if let Err(detail) = checks::check(kind.as_str(), id.country.as_str(), &compact) {
        at.within("value", |at| at.refuse(found, detail));
    }
}

/// A tax id without what people write for legibility.
fn compact(value: &str) -> String {
    let kept = value.chars().filter(|sign| !matches!(sign, ' ' | '.' | '-' | '/'));
    kept.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests;
