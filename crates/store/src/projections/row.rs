//! Values of rows, and how PostgreSQL takes them.
#![expect(clippy::arithmetic_side_effects, reason = "lengths of what is in memory")]

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;
/// The type of a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Type {
    Bigint,
    Boolean,
    Json,
    Text,
    Timestamptz,
    Tsvector,
    Uuid,
    UuidArray,
}

impl Type {
    /// Its name in SQL.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bigint => "bigint",
            Self::Boolean => "boolean",
            Self::Json => "json",
            Self::Text => "text",
            Self::Timestamptz => "timestamptz",
            Self::Tsvector => "tsvector",
            Self::Uuid => "uuid",
            Self::UuidArray => "uuid[]",
        }
    }

    /// The element type of an array with such values: the type itself, or text if arrays can't hold
    /// it.
    pub(crate) const fn sent_as(self) -> Self {
        match self {
            Self::Json | Self::Tsvector | Self::UuidArray => Self::Text,
            Self::Bigint | Self::Boolean | Self::Text | Self::Timestamptz | Self::Uuid => self,
        }
    }
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Of `bigint`.
    Number(i64),
    /// Of `boolean`.
    Truth(bool),
    /// Of `text` and `json`.
    Text(Cow<'static, str>),
    /// Of `timestamptz`.
    Time(DateTime<Utc>),
    /// Of `tsvector`: distinct words without positions.
    Words(Vec<String>),
    /// Of `uuid`.
    Id(Uuid),
    /// Of `uuid[]`.
    Ids(Vec<Uuid>),
}

/// A value, or nothing for `null`.
pub(crate) type Cell = Option<Value>;

impl Value {
    /// The approximate size in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Truth(_) | Self::Time(_) | Self::Id(_) => 16,
            Self::Text(text) => text.len() + 16,
            Self::Words(words) => words.iter().map(|word| word.len() + 16).sum(),
            Self::Ids(ids) => ids.len() * 16,
        }
    }

    /// The value in PostgreSQL's text format, if its type is sent as text.
    pub(crate) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Words(words) => {
                let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
                Some(Cow::Owned(words.join(" ")))
            }
            Self::Ids(ids) => {
                let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
                Some(Cow::Owned(format!("{{{}}}", ids.join(","))))
            }
            Self::Number(_) | Self::Truth(_) | Self::Time(_) | Self::Id(_) => None,
        }
    }
}

/// A word, quoted for PostgreSQL's text search.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}
