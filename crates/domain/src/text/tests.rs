//! Texts are strict with requests and lenient with stored values.

use crate::check::Violation;
use crate::customer::{CountryCode, CustomerName, Note, Phone};

#[test]
fn lengths_count_characters_not_bytes() {
    assert!("\u{1f600}".repeat(255).parse::<CustomerName>().is_ok());
    assert!("x".repeat(256).parse::<CustomerName>().is_err());
    assert!("".parse::<CustomerName>().is_err());
}

#[test]
fn a_name_is_never_only_white_space_and_has_no_control_characters() {
    assert!(" \u{a0}\u{3000}".parse::<CustomerName>().is_err());
    assert!("a\u{b}b".parse::<CustomerName>().is_err());
    assert!("a\u{85}b".parse::<CustomerName>().is_err());
    assert!("first\nsecond".parse::<Note>().is_ok());
    assert!("a\u{1b}b".parse::<Note>().is_err());
}

#[test]
fn a_name_stored_under_older_rules_can_still_be_read() {
    let stored = format!("\"{}\"", "x".repeat(5_000));
    let name: CustomerName = serde_json::from_str(&stored).unwrap();
    assert_eq!(name.as_str().len(), 5_000);
    assert_eq!(serde_json::to_string(&name).unwrap(), stored);
}

#[test]
fn a_note_may_have_lines_and_tabs() {
    assert!("first\r\n\tsecond".parse::<Note>().is_ok());
    assert!("first\tsecond".parse::<CustomerName>().is_ok());
    assert!("first\tsecond".parse::<Phone>().is_err());
    assert!("first\nsecond".parse::<CustomerName>().is_err());
    assert!("first\rsecond".parse::<CustomerName>().is_err());
}

#[test]
fn a_refusal_of_a_text_names_the_right_length() {
    let detail = |refused: Result<(), Violation>| refused.unwrap_err().detail;
    let country = "D".parse::<CountryCode>().map(|_| ());
    assert_eq!(detail(country), "must be 2 characters long");
    let phone = "1".repeat(21).parse::<Phone>().map(|_| ());
    assert_eq!(detail(phone), "must be 1 to 20 characters long");
    assert!("1".repeat(20).parse::<Phone>().is_ok());
    assert_eq!(Phone::CHARS_MAX, 20);
}

#[test]
fn a_text_is_itself_everywhere() {
    let name: CustomerName = "Ada".parse().unwrap();
    assert_eq!((name.as_str(), name.as_ref(), name.to_string()), ("Ada", "Ada", "Ada".to_owned()));
}
