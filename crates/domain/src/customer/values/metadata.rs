//! The values of metadata: JSON, kept as it was sent.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check::{Check, Pointer, Violation};
use crate::text::{Layout, check_text};

/// A value of the tenant's own: any JSON. A text may be empty and have several lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetadataValue(Value);

impl MetadataValue {
    /// The longest text, and the longest list or object as compact JSON, in Unicode scalar values.
    pub const CHARS_MAX: usize = 1000;

    /// The value as text: a text itself, any other value as compact JSON.
    #[must_use]
    pub fn as_text(&self) -> Cow<'_, str> {
        match &self.0 {
            Value::String(text) => text.into(),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => other.to_string().into(),
        }
    }
}

impl Check for MetadataValue {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        if matches!(self.0, Value::Array(_) | Value::Object(_)) {
            let chars = self.0.to_string().chars().take(Self::CHARS_MAX.saturating_add(1)).count();
            if chars > Self::CHARS_MAX {
                let max = Self::CHARS_MAX;
                at.refuse(found, format!("must have at most {max} characters as JSON"));
                return;
            }
        }
        check_texts(&self.0, at, found);
    }
}

/// Checks each text in a value, and each name.
fn check_texts(value: &Value, at: &mut Pointer, found: &mut Vec<Violation>) {
    let check = |text: &str, layout: Layout, at: &Pointer, found: &mut Vec<Violation>| {
        if let Err(violation) = check_text(text, 0, MetadataValue::CHARS_MAX, layout) {
            at.refuse(found, violation.detail);
        }
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => check(text, Layout::Lines, at, found),
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                at.within(&nth.to_string(), |at| check_texts(item, at, found));
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                at.within(name, |at| {
                    check(name, Layout::Line, at, found);
                    check_texts(value, at, found);
                });
            }
        }
    }
}

impl JsonSchema for MetadataValue {
    fn schema_name() -> Cow<'static, str> {
        "MetadataValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value of the tenant's own: any JSON. A text may be empty and have several lines. \
                            A list or an object has at most 1000 characters as compact JSON.",
            "maxLength": Self::CHARS_MAX,
        })
    }
}

#[cfg(test)]
mod tests;
