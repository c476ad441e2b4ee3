//! A request to each endpoint, with every member that its document has.

mod flexprice;
mod maple;
mod metronome;
mod telness;

/// A request. Parts in braces are names of the customer that it is about.
pub(super) struct Case {
    pub(super) route: &'static str,
    pub(super) path: &'static str,
    /// The body; empty for none. In lists, an item with what is required alone comes first.
    pub(super) body: &'static str,
    /// Members that exclude each other.
    pub(super) either: &'static [&'static str],
}

const fn case(route: &'static str, path: &'static str, body: &'static str) -> Case {
    Case { route, path, body, either: &[] }
}

pub(super) const CASES: [(&str, &[Case]); 4] = [
    ("metronome", metronome::CASES),
    ("flexprice", flexprice::CASES),
    ("telness", telness::CASES),
    ("maple", maple::CASES),
];
