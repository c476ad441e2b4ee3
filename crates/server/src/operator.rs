//! The metadata of events that the command line causes.

use store::Metadata;

/// The metadata of an event that this command causes.
#[must_use]
pub fn by_operator(command: &str) -> Metadata {
    let entries = [("actor", "operator"), ("surface", "command line"), ("command", command)];
    entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}
