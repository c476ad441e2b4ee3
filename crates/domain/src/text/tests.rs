//! Strict on the way in, lenient when read back.

use crate::customer::{CustomerName, Note};

#[test]
fn lengths_count_characters_not_bytes() {
    assert!("\u{1f600}".repeat(255).parse::<CustomerName>().is_ok());
    assert!("x".repeat(256).parse::<CustomerName>().is_err());
    assert!("".parse::<CustomerName>().is_err());
}

#[test]
fn a_name_is_never_only_white_space_and_has_no_control_characters() {
    assert!(" \u{a0}\u{3000}".parse::<CustomerName>().is_err());
    assert!("a\tb".parse::<CustomerName>().is_err());
    assert!("a\u{85}b".parse::<CustomerName>().is_err());
    assert!("first\nsecond".parse::<Note>().is_ok());
    assert!("a\u{1b}b".parse::<Note>().is_err());
}

#[test]
fn a_name_stored_under_laxer_rules_can_still_be_read() {
    let stored = format!("\"{}\"", "x".repeat(5_000));
    let name: CustomerName = serde_json::from_str(&stored).unwrap();
    assert_eq!(name.as_str().len(), 5_000);
    assert_eq!(serde_json::to_string(&name).unwrap(), stored);
}
