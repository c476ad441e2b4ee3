//! Names and values as a query or a form carries them.

use std::fmt::Write as _;

/// The pairs as `application/x-www-form-urlencoded`.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(&mut text, name);
        text.push('=');
        escape(&mut text, value);
    }
    text
}

/// One value.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::new();
    escape(&mut text, value);
    text
}

fn escape(text: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            // Writing to a string can't fail.
            byte => drop(write!(text, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_no_letter_or_digit_is_escaped() {
        assert_eq!(super::encode(&[("a b", "ü&="), ("c", "~1")]), "a%20b=%C3%BC%26%3D&c=~1");
    }
}
