//! The words by which a search finds a customer.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use domain::TenantId;
use domain::text::SearchText;
use sha2::{Digest as _, Sha256};

use crate::projections::row::quoted;

/// The maximum size of a customer's words, in bytes. PostgreSQL allows four times that.
pub(crate) const WORDS_BYTES_MAX: usize = 256 * 1024;

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
        for word in SearchText::of(text).words() {
            let word = format!("{}{word}", self.tag);
            if self.bytes.saturating_add(word.len()) > WORDS_BYTES_MAX {
                return;
            }
            let bytes = word.len();
            if self.words.insert(word) {
                self.bytes = self.bytes.saturating_add(bytes);
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
        let text = SearchText::of(text);
        if text.count() > Self::WORDS_MAX {
            return None;
        }
        let mut beginnings: Vec<_> = text.beginnings().into_iter().map(str::to_owned).collect();
        beginnings.sort_unstable();
        beginnings.dedup();
        (!beginnings.is_empty()).then_some(Self(beginnings))
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
