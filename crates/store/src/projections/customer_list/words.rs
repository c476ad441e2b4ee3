//! Words: the texts by which a search finds a customer.
//!
//! A text is split at white space. Of each piece, every suffix that begins with a word is stored:
//! `ada@example.com`, `example.com`, `com`. A search matches prefixes of those. So it finds an
//! address by either side, an id by any of its parts, and a name by its words.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use domain::TenantId;
use domain::customer::normal_form;
use sha2::{Digest as _, Sha256};

use crate::projections::row::quoted;

/// The longest word, in characters. Longer ones are found by their prefix.
pub(crate) const WORD_CHARS_MAX: usize = 40;
/// The maximum of suffixes of a piece. Only malicious pieces have more.
const ENDS_MAX: usize = 16;
/// The maximum size of a customer's words, in bytes. PostgreSQL allows four times that.
pub(crate) const WORDS_BYTES_MAX: usize = 256 * 1024;

/// A text in normal form: case and the encoding of accents make no difference.
pub(crate) fn normal(text: &str) -> String {
    normal_form(text).to_lowercase()
}

/// The words of one customer.
pub(crate) struct Words {
    tag: String,
    words: BTreeSet<String>,
    bytes: usize,
}

impl Words {
    /// An empty set of words of a customer of this tenant.
    pub(crate) fn of(tenant: TenantId) -> Self {
        Self { tag: tag(tenant), words: BTreeSet::new(), bytes: 0 }
    }

    /// Adds the words of a text, if there is room.
    pub(crate) fn add(&mut self, text: &str) {
        let text = normal(text);
        for piece in pieces(&text) {
            for end in ends(piece).take(ENDS_MAX) {
                let word = format!("{}{}", self.tag, cut(end));
                if self.bytes.saturating_add(word.len()) > WORDS_BYTES_MAX {
                    return;
                }
                let bytes = word.len();
                if self.words.insert(word) {
                    self.bytes = self.bytes.saturating_add(bytes);
                }
            }
        }
    }

    /// Whether a search matches them.
    pub(crate) fn have(&self, search: &Search) -> bool {
        search.0.iter().all(|beginning| {
            let beginning = format!("{}{beginning}", self.tag);
            let first = self.words.range(beginning.clone()..).next();
            first.is_some_and(|word| word.starts_with(&beginning))
        })
    }

    /// All words, without duplicates.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.words.into_iter().collect()
    }
}

/// A search: prefixes of words, all of which must match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search(Vec<String>);

impl Search {
    /// The longest search, in characters.
    pub const CHARS_MAX: usize = 200;
    /// The maximum of words in a search.
    pub const WORDS_MAX: usize = 16;

    /// Parses a search. Nothing if it has no word, or too many.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.chars().count() > Self::CHARS_MAX {
            return None;
        }
        let text = normal(text);
        let words: Vec<_> = pieces(&text).map(|piece| cut(piece).to_owned()).collect();
        (1..=Self::WORDS_MAX).contains(&words.len()).then_some(Self(words))
    }

    /// The search among the customers of one tenant, in the text format of `tsquery`.
    pub(crate) fn query(&self, tenant: TenantId) -> String {
        let tag = tag(tenant);
        let mut query = String::new();
        for word in &self.0 {
            let and = if query.is_empty() { "" } else { " & " };
            // Writing to a string can't fail.
            let _ = write!(query, "{and}{}:*", quoted(&format!("{tag}{word}")));
        }
        query
    }
}

/// The prefix of a tenant's words, so that words of other tenants are elsewhere in the index.
fn tag(tenant: TenantId) -> String {
    let digest = Sha256::digest(tenant.0.as_bytes());
    digest.iter().take(4).fold(String::new(), |tag, byte| format!("{tag}{byte:02x}"))
}

/// The pieces between white space, without punctuation at either side.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .map(|piece| piece.trim_matches(|sign: char| !sign.is_alphanumeric()))
        .filter(|piece| !piece.is_empty())
}

/// The suffixes of a piece that begin with a word.
fn ends(piece: &str) -> impl Iterator<Item = &str> {
    let mut within = false;
    piece.char_indices().filter_map(move |(at, character)| {
        let begins = character.is_alphanumeric() && !within;
        within = character.is_alphanumeric();
        if begins { piece.get(at..) } else { None }
    })
}

/// The stored part of a word.
fn cut(word: &str) -> &str {
    word.char_indices().nth(WORD_CHARS_MAX).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}
