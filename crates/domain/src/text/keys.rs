//! Keys: what is compared of a text. One function makes the key that is stored, that must be unique, and
//! that is looked up.

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::fold::caseless;

/// The key of a text: its normal form NFC. Two spellings of a letter have one key.
#[must_use]
pub fn key(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The key of an e-mail address: case makes no difference, nor whether an international domain is written in
/// letters or as `xn--`.
///
/// It is defined for every text: addresses of older events may be none.
#[must_use]
pub fn email_key(address: &str) -> Cow<'_, str> {
    let plain = address.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if plain && !address.contains("xn--") {
        return Cow::Borrowed(address);
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Cow::Owned(caseless_key(address));
    };
    let (shown, read) =
        Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    let domain = if read.is_ok() { shown } else { Cow::Owned(caseless_key(domain)) };
    Cow::Owned(format!("{}@{domain}", caseless_key(local)))
}

fn caseless_key(text: &str) -> String {
    caseless(&key(text)).nfc().collect()
}

#[cfg(test)]
mod tests;
