//! Values in words.

use serde_json::Value;

/// Texts are cut after so many characters where they are one part of a sentence.
const SHORT_CHARS: usize = 160;

/// A value in words.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            let named = members
                .iter()
                .map(|(name, member)| format!("{}: {}", name.replace('_', " "), text(member)));
            named.collect::<Vec<_>>().join(", ")
        }
    }
}

/// The same, cut to fit into a sentence.
pub(crate) fn short(value: &Value) -> String {
    let text = text(value);
    match text.char_indices().nth(SHORT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_said_in_words() {
        assert_eq!(text(&json!(true)), "yes");
        assert_eq!(text(&json!(["a", 1])), "a, 1");
        assert_eq!(
            text(&json!([{ "first_name": "Ada", "is_primary": true }, {}])),
            "first name: Ada, is primary: yes; "
        );
        assert_eq!(short(&json!("ü".repeat(200))).chars().count(), SHORT_CHARS + 1);
    }
}
