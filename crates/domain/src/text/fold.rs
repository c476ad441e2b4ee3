//! Folding: texts that a reader takes for the same become equal.

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::visible::is_hidden;

/// A text without case: full Unicode case folding.
///
/// Upper case comes first, so that the dotless `ı`, which has no folding, is one with its upper case `I`.
pub(super) fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    CaseMapper::new().fold_string(&text.to_uppercase()).into_owned()
}

/// A text as a search compares it: case, accents, the width of letters and invisible characters make no
/// difference.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Case comes before the marks are sorted: the iota under a Greek letter is a letter of its own in capitals,
    // right after its letter.
    let without_case = caseless(&text.nfkc().collect::<String>());
    // Compatibility forms of capitals show only when they are decomposed.
    let without_case = caseless(&without_case.nfkd().collect::<String>());
    let mut plain = String::with_capacity(without_case.len());
    for character in without_case.nfkd() {
        match character {
            // Letters with a stroke and joined letters don't decompose.
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ŧ' => plain.push('t'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            // The apostrophes that people and their devices write.
            '\u{2018}' | '\u{2019}' | '\u{2bc}' => plain.push('\''),
            other if is_accent(other) || is_hidden(other) => {}
            other => plain.push(other),
        }
    }
    // Syllables and voiced signs of Korean and Japanese are one character again.
    plain.nfc().collect()
}

/// Whether a mark is written beside a letter of its own: an accent, a point of Hebrew or Arabic.
///
/// Other marks belong to the letter: vowels of Indic scripts, voicing of Japanese, tones of Thai.
fn is_accent(character: char) -> bool {
    matches!(canonical_combining_class(character), 1 | 10..=36 | 200..=240)
}

#[cfg(test)]
mod tests;
