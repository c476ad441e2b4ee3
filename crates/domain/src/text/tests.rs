//! Texts are strict with requests and lenient with stored values.

use crate::check::Violation;
use crate::customer::{
    Alias, CountryCode, CustomerName, ExternalId, Note, OtherId, Phone, ShortText, Tag,
};
use crate::text::may_be_stored;

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

/// Characters that show nothing: of Korean, a soft hyphen, of no width, of direction, variants, tags.
const HIDDEN: [char; 12] = [
    '\u{3164}',
    '\u{ad}',
    '\u{200b}',
    '\u{200d}',
    '\u{feff}',
    '\u{2060}',
    '\u{202e}',
    '\u{2066}',
    '\u{61c}',
    '\u{34f}',
    '\u{fe0f}',
    '\u{e0041}',
];

#[test]
fn a_text_that_shows_nothing_is_blank() {
    for hidden in HIDDEN.into_iter().chain(['\u{2800}', '\u{115f}', '\u{fff9}']) {
        for text in [format!("{hidden}"), format!(" {hidden}\u{a0}{hidden}")] {
            assert!(text.parse::<CustomerName>().is_err(), "{hidden:?}");
            assert!(text.parse::<ShortText>().is_err(), "{hidden:?}");
            assert!(text.parse::<Tag>().is_err(), "{hidden:?}");
        }
    }
}

#[test]
fn names_with_joiners_and_emoji_sequences_are_names() {
    for name in [
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{2764}\u{fe0f}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "\u{0646}\u{0645}\u{06cc}\u{200c}\u{0634}\u{0648}\u{062f}",
        "\u{0d36}\u{0d4d}\u{0d30}\u{0d40}\u{200d}",
        "\u{5d0}\u{200f}!",
        "Acme\u{ad}",
    ] {
        assert!(name.parse::<CustomerName>().is_ok(), "{name}");
    }
}

#[test]
fn ids_that_look_the_same_are_the_same() {
    for hidden in HIDDEN.into_iter().chain(['\u{2800}']) {
        for text in [format!("a{hidden}1"), format!("{hidden}a1"), format!("a1{hidden}")] {
            assert!(text.parse::<ExternalId>().is_err(), "{hidden:?}");
            assert!(text.parse::<Alias>().is_err(), "{hidden:?}");
            assert!(text.parse::<OtherId>().is_err(), "{hidden:?}");
        }
    }
    for text in [" a", "a ", "a\u{a0}", "\u{3000}a"] {
        let refused = text.parse::<ExternalId>().unwrap_err().detail;
        assert_eq!(refused, "must not begin or end with white space");
    }
    assert!("a 1/\u{e9}".parse::<ExternalId>().is_ok());
}

#[test]
fn an_id_of_an_older_event_can_be_looked_up() {
    for text in ["a", " a ", "a\u{200b}"] {
        assert!(may_be_stored(text, 255), "{text:?}");
        let stored: ExternalId = serde_json::from_value(text.into()).unwrap();
        assert_eq!(stored.as_str(), text);
    }
    assert!(!may_be_stored("", 255) && !may_be_stored("a\0", 255) && !may_be_stored("ab", 1));
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
    let phone = "1".repeat(51).parse::<Phone>().map(|_| ());
    assert_eq!(detail(phone), "must be 1 to 50 characters long");
    assert!("+1 (415) 555-2671 ext. 12345".parse::<Phone>().is_ok());
    assert_eq!(Phone::CHARS_MAX, 50);
}

#[test]
fn a_text_is_itself_everywhere() {
    let name: CustomerName = "Ada".parse().unwrap();
    assert_eq!((name.as_str(), name.as_ref(), name.to_string()), ("Ada", "Ada", "Ada".to_owned()));
}
