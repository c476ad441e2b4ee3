//! What differs between two states of a customer.

use serde_json::Value;

use super::Customer;

/// One field that is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Which one, as a JSON pointer.
    pub field: String,
    /// What it was; nothing when it was absent.
    pub old: Option<Value>,
    /// What it is; nothing when it is absent.
    pub new: Option<Value>,
}

/// What differs between two states.
#[must_use]
pub fn changes(_before: &Customer, _after: &Customer) -> Vec<FieldChange> {
    Vec::new()
}
