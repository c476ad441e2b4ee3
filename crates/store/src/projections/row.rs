//! The values of a row, as PostgreSQL reads them in text.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// A value in the text form of its column's type; nothing for `null`.
pub(crate) type Cell = Option<Cow<'static, str>>;

/// How values become cells.
pub(crate) mod cell {
    use super::{Cell, Cow, DateTime, Serialize, Utc, Uuid};
    use crate::projections::CannotApply;

    /// Text.
    pub(crate) fn text(text: impl Into<String>) -> Cell {
        Some(Cow::Owned(text.into()))
    }

    /// Text that may be absent.
    pub(crate) fn maybe(value: Option<impl Into<String>>) -> Cell {
        value.and_then(text)
    }

    /// Text that is always the same.
    pub(crate) const fn name(name: &'static str) -> Cell {
        Some(Cow::Borrowed(name))
    }

    /// A whole number.
    pub(crate) fn number(number: i64) -> Cell {
        text(number.to_string())
    }

    /// `true` or `false`.
    pub(crate) const fn truth(truth: bool) -> Cell {
        name(if truth { "t" } else { "f" })
    }

    /// An id.
    pub(crate) fn id(id: Uuid) -> Cell {
        text(id.to_string())
    }

    /// An instant, to the microsecond.
    pub(crate) fn time(at: DateTime<Utc>) -> Cell {
        text(at.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string())
    }

    /// A JSON document.
    pub(crate) fn json(value: &impl Serialize) -> Result<Cell, CannotApply> {
        Ok(text(serde_json::to_string(value)?))
    }
}
