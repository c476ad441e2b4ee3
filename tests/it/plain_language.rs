//! A short list of banned constructions keeps documents and sources in plain language.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The searched paths. Migrations are left out because their checksums are fixed.
const SEARCHED: [&str; 19] = [
    "Makefile",
    "README.md",
    "benches",
    "crates/api",
    "crates/compat",
    "crates/console",
    "crates/domain",
    "crates/http",
    "crates/oidc",
    "crates/server",
    "crates/store",
    "docs",
    "tests/console",
    "tests/e2e",
    "tests/fuzz",
    "tests/it",
    "tests/proof",
    "tests/sdk",
    "tests/src",
];

/// Folders of tools, the schema that is made of migrations, and the file of this test, which has all phrases.
const SKIPPED: [&str; 6] =
    ["target", "node_modules", "__pycache__", "kept", "plain_language.rs", "schema.sql"];

/// The kinds of files that people write.
const KINDS: [&str; 8] = ["md", "mjs", "py", "rs", "sh", "sql", "toml", "ts"];

/// Each banned phrase, and what to write instead. Names of functions are covered, too.
const BANNED: [(&str, &str); 25] = [
    ("told", "reported, shown, received; 'by default' for 'unless told otherwise'"),
    ("whoever", "the client that …, anyone who …"),
    ("those who", "clients that …, people who …"),
    ("one who", "a client that …"),
    ("of then", "at that time"),
    ("so already", "unchanged"),
    ("all the same", "still"),
    ("our fault", "internal error"),
    ("a fault of ours", "an internal error"),
    ("foresee", "plan, expect"),
    ("that is asked", "the requested …"),
    ("what is asked", "the request, the requested …"),
    ("what was asked", "the request, the requested …"),
    ("asked for", "requested"),
    ("one s own", "your own"),
    ("in the works", "in progress, concurrent"),
    ("noted", "recorded"),
    ("likewise", "also, in the same way"),
    ("heed", "follow, obey"),
    ("has come to", "has reached"),
    ("come about", "be created, happen"),
    ("comes about", "is created, happens"),
    ("came of it", "the result"),
    ("sees to it", "ensures"),
    ("well want", "want"),
];

struct Finding {
    place: String,
    phrase: &'static str,
    instead: &'static str,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn search(path: &Path, found: &mut Vec<Finding>) {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if SKIPPED.contains(&name) || name.starts_with('.') {
        return;
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in &paths {
            search(path, found);
        }
        return;
    }
    let kind = path.extension().and_then(|kind| kind.to_str());
    if !["Makefile", "keep", "run"].contains(&name)
        && !kind.is_some_and(|kind| KINDS.contains(&kind))
    {
        return;
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let shown = path.strip_prefix(root()).unwrap_or(path).display();
    for (number, line) in text.lines().enumerate() {
        for (phrase, instead) in banned(line) {
            found.push(Finding { place: format!("{shown}:{}", number + 1), phrase, instead });
        }
    }
}

/// The banned phrases in a line. Words are separated by spaces, underscores and apostrophes; any other
/// sign ends a phrase.
fn banned(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let words: String = line
        .chars()
        .map(|letter| match letter {
            '_' | '\'' | '’' | ' ' => ' ',
            letter if letter.is_alphanumeric() => letter.to_ascii_lowercase(),
            _ => '|',
        })
        .collect();
    let words = words.replace('|', " | ");
    let words = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    BANNED.into_iter().filter(move |(phrase, _)| words.contains(&format!(" {phrase} ")))
}

#[test]
fn documents_and_sources_use_plain_language() {
    let left = root().join("tests/it/plain_language_left.txt");
    let mut counts = String::new();
    let mut text = String::new();
    for searched in SEARCHED {
        let mut found = Vec::new();
        let path = root().join(searched);
        if path.exists() {
            search(&path, &mut found);
        }
        for Finding { place, phrase, instead } in &found {
            writeln!(text, "{place}: '{phrase}'; write: {instead}").expect("a text");
        }
        if !found.is_empty() {
            writeln!(counts, "{searched} {}", found.len()).expect("a text");
        }
    }
    if std::env::var_os("UPDATE_FILES").is_some() {
        fs::write(&left, &counts).expect("a file");
    }
    let allowed = fs::read_to_string(&left).unwrap_or_default();
    assert!(
        counts == allowed,
        "{text}\nfound:\n{counts}\nallowed:\n{allowed}\n\
         These numbers only get smaller: reword what is new. After removing some, run this test \
         with UPDATE_FILES=1."
    );
}

#[test]
fn phrases_are_found_in_texts_and_in_names() {
    let found = |line| banned(line).map(|(phrase, _)| phrase).collect::<Vec<_>>();
    assert_eq!(found("/// Whoever calls is told."), ["told", "whoever"]);
    assert_eq!(found("fn whoever_copies_it() {"), ["whoever"]);
    assert_eq!(found("a server of one's own"), ["one s own"]);
    assert!(found("a connoted stole, as he retold it").is_empty());
    assert!(found("/v1/customers?as_of=then").is_empty());
}
