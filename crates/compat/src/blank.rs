//! What an absent value is in a request.

use serde_json::Value;

/// What a request says to remove a value; all else that is blank is as if it weren't there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blank {
    /// `null`.
    Null,
    /// The empty text; `null` says nothing.
    EmptyText,
}

impl Blank {
    /// Whether this value is none.
    pub(crate) fn is(self, value: &Value) -> bool {
        value.is_null() || (self == Self::EmptyText && value == "")
    }
}
