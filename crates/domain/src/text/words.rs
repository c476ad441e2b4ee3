//! Words: by what a search finds a text. One division makes the words of documents and those of searches.
//!
//! A text is divided at white space. Of each piece, every end that begins with a word is a word of the document:
//! `ada@example.com`, `example.com`, `com`. A search asks for beginnings of those.
//!
//! Some scripts write no space between words: Chinese, Japanese, Thai. Of a run of such letters, each pair of
//! neighbours is a word, and so is the last letter. So a part of the run is found wherever it begins.

use icu_properties::props::Script;
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};
use unicode_normalization::char::is_combining_mark;

use super::fold::folded;

/// The longest word, in characters. Longer ones are found by their beginning.
const WORD_CHARS_MAX: usize = 40;
/// The maximum of ends of a piece that are kept. A name has at most half as many words as characters.
const ENDS_MAX: usize = 128;

const SCRIPTS: CodePointMapDataBorrowed<'static, Script> = CodePointMapData::<Script>::new();

/// Scripts that write no space between words, and Korean, whose words are put together.
const WITHOUT_SPACES: [Script; 10] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Bopomofo,
    Script::Hangul,
    Script::Yi,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
];

/// A text as searches compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText(String);

/// A part of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run<'a> {
    /// Words that spaces and signs divide.
    Spaced(&'a str),
    /// Letters of a script without spaces.
    Joined(&'a str),
}

impl SearchText {
    /// Folds a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(folded(text))
    }

    /// The words by which a document with this text is found.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        for run in self.pieces().flat_map(runs) {
            match run {
                Run::Spaced(text) => words.extend(ends(text).take(ENDS_MAX).map(cut)),
                Run::Joined(text) => {
                    words.extend(pairs(text));
                    words.extend(last(text));
                }
            }
        }
        words
    }

    /// What a search for this text asks for: the beginnings of words, all of which a document must have.
    #[must_use]
    pub fn beginnings(&self) -> Vec<&str> {
        let mut beginnings = Vec::new();
        for run in self.pieces().flat_map(runs) {
            match run {
                Run::Spaced(text) => beginnings.push(cut(text)),
                Run::Joined(text) => {
                    let text = cut(text);
                    let before = beginnings.len();
                    beginnings.extend(pairs(text));
                    if beginnings.len() == before {
                        beginnings.push(text);
                    }
                }
            }
        }
        beginnings
    }

    /// The number of pieces that have a word.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pieces().filter(|piece| piece.contains(is_of_word)).count()
    }

    fn pieces(&self) -> impl Iterator<Item = &str> {
        self.0.split_whitespace()
    }
}

/// The runs of a piece that have a word, without the signs at either side.
fn runs(piece: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = piece;
    std::iter::from_fn(move || {
        while let Some(first) = rest.chars().next() {
            let joined = is_joined(first);
            let same = |character: char| {
                is_joined(character) == joined || joined && is_combining_mark(character)
            };
            let end = rest.find(|character: char| !same(character)).unwrap_or(rest.len());
            let (run, after) = rest.split_at_checked(end)?;
            rest = after;
            let run = run.trim_matches(|character: char| !is_of_word(character));
            if !run.is_empty() {
                return Some(if joined { Run::Joined(run) } else { Run::Spaced(run) });
            }
        }
        None
    })
}

fn is_joined(character: char) -> bool {
    // The sign of a long vowel belongs to both scripts of Japanese.
    !character.is_ascii()
        && character.is_alphanumeric()
        && (character == '\u{30fc}' || WITHOUT_SPACES.contains(&SCRIPTS.get(character)))
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || !character.is_ascii() && is_combining_mark(character)
}

/// The ends of a run that begin with a word.
fn ends(run: &str) -> impl Iterator<Item = &str> {
    let mut within = false;
    run.char_indices().filter_map(move |(at, character)| {
        let of_word = is_of_word(character);
        let begins = of_word && !within;
        within = of_word;
        if begins { run.get(at..) } else { None }
    })
}

/// Each pair of neighbours in a run.
fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let starts = run.char_indices().map(|(at, _)| at);
    let ends = run.char_indices().map(|(at, character)| at.saturating_add(character.len_utf8()));
    starts.zip(ends.skip(1)).filter_map(|(start, end)| run.get(start..end))
}

/// The last character of a run.
fn last(run: &str) -> Option<&str> {
    run.char_indices().next_back().and_then(|(at, _)| run.get(at..))
}

/// The stored part of a word.
fn cut(word: &str) -> &str {
    word.char_indices().nth(WORD_CHARS_MAX).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}

#[cfg(test)]
mod tests;
