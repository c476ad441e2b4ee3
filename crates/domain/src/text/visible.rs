//! Characters that show nothing.

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};

const IGNORABLE: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// Whether a character has no shape of its own: it has no width, joins letters, or directs the order in which
/// they are shown.
pub(super) fn is_hidden(character: char) -> bool {
    !character.is_ascii()
        && (matches!(character, '\u{fff9}'..='\u{fffb}') || IGNORABLE.contains(character))
}

/// The braille pattern without dots.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether nothing is seen of a text.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let blank = |character: char| {
        character.is_whitespace() || character == BRAILLE_BLANK || is_hidden(character)
    };
    text.chars().all(blank)
}

/// The rule of ids, actors and addresses: two that look the same are the same.
///
/// # Errors
///
/// What the text must not have.
pub fn as_it_looks(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|character| character == BRAILLE_BLANK || is_hidden(character)) {
        Err("must not contain invisible characters")
    } else if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        Err("must not begin or end with white space")
    } else {
        Ok(())
    }
}
