//! How values become cells.
#![expect(clippy::unnecessary_wraps, reason = "what makes a cell answers with a cell")]

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::row::{Cell, Value};

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
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<Cell> {
    Ok(text(serde_json::to_string(value)?))
}
