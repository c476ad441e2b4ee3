//! The values of a row, and how PostgreSQL takes them.
#![expect(clippy::arithmetic_side_effects, reason = "lengths of what is in memory")]

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::projections::CannotApply;

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
    /// What it is called in SQL.
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

    /// The type as which many values of this one are sent, in an array: its own, or text where an
    /// array's elements can't be of it.
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
    /// Of `tsvector`: words without positions, each once.
    Words(Vec<String>),
    /// Of `uuid`.
    Id(Uuid),
    /// Of `uuid[]`.
    Ids(Vec<Uuid>),
}

/// A value, or nothing for `null`.
pub(crate) type Cell = Option<Value>;

impl Value {
    /// About how many bytes it has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Number(_) | Self::Truth(_) | Self::Time(_) | Self::Id(_) => 16,
            Self::Text(text) => text.len() + 16,
            Self::Words(words) => words.iter().map(|word| word.len() + 16).sum(),
            Self::Ids(ids) => ids.len() * 16,
        }
    }

    /// It in PostgreSQL's text format, where its type is sent as text.
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

/// A word as PostgreSQL's text search reads it, whatever is in it.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// How values become cells.
#[expect(clippy::unnecessary_wraps, reason = "what makes a cell answers with a cell")]
pub(crate) mod cell {
    use super::{CannotApply, Cell, Cow, DateTime, Serialize, Utc, Uuid, Value};

    /// Text.
    pub(crate) fn text(text: impl Into<String>) -> Cell {
        Some(Value::Text(Cow::Owned(text.into())))
    }

    /// Text that may be absent.
    pub(crate) fn maybe(value: Option<impl Into<String>>) -> Cell {
        value.and_then(text)
    }

    /// Text that is always the same.
    pub(crate) const fn name(name: &'static str) -> Cell {
        Some(Value::Text(Cow::Borrowed(name)))
    }

    /// A whole number.
    pub(crate) const fn number(number: i64) -> Cell {
        Some(Value::Number(number))
    }

    /// `true` or `false`.
    pub(crate) const fn truth(truth: bool) -> Cell {
        Some(Value::Truth(truth))
    }

    /// An id.
    pub(crate) const fn id(id: Uuid) -> Cell {
        Some(Value::Id(id))
    }

    /// Several ids.
    pub(crate) const fn ids(ids: Vec<Uuid>) -> Cell {
        Some(Value::Ids(ids))
    }

    /// Words that a search finds.
    pub(crate) const fn words(words: Vec<String>) -> Cell {
        Some(Value::Words(words))
    }

    /// An instant, to the microsecond.
    pub(crate) const fn time(at: DateTime<Utc>) -> Cell {
        Some(Value::Time(at))
    }

    /// A JSON document.
    pub(crate) fn json(value: &impl Serialize) -> Result<Cell, CannotApply> {
        Ok(text(serde_json::to_string(value)?))
    }
}
