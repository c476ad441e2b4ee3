//! Circles among files that need each other: strongly connected components, by Tarjan's algorithm.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Needs;

/// The sets of two and more files that all need each other, directly or not.
pub(super) fn circles(needs: &Needs) -> BTreeSet<BTreeSet<&str>> {
    let mut search = Search::over(needs);
    for file in needs.keys() {
        if !search.numbers.contains_key(file.as_str()) {
            search.visit(file);
        }
    }
    search.found
}

struct Search<'a> {
    needs: &'a Needs,
    /// In which order files were seen.
    numbers: BTreeMap<&'a str, usize>,
    /// The first file, in that order, that is known to be reachable.
    lowest: BTreeMap<&'a str, usize>,
    open: Vec<&'a str>,
    found: BTreeSet<BTreeSet<&'a str>>,
}

impl<'a> Search<'a> {
    fn over(needs: &'a Needs) -> Self {
        let (numbers, lowest) = (BTreeMap::new(), BTreeMap::new());
        Self { needs, numbers, lowest, open: Vec::new(), found: BTreeSet::new() }
    }

    fn visit(&mut self, file: &'a str) {
        let number = self.numbers.len();
        self.numbers.insert(file, number);
        self.lowest.insert(file, number);
        self.open.push(file);
        for needed in &self.needs[file] {
            let reached = if self.numbers.contains_key(needed.as_str()) {
                self.open.contains(&needed.as_str()).then(|| self.numbers[needed.as_str()])
            } else {
                self.visit(needed);
                Some(self.lowest[needed.as_str()])
            };
            let lowest = self.lowest[file].min(reached.unwrap_or(usize::MAX));
            self.lowest.insert(file, lowest);
        }
        if self.lowest[file] == number {
            let begin = self.open.iter().rposition(|open| *open == file).expect("itself");
            let circle: BTreeSet<_> = self.open.drain(begin..).collect();
            if circle.len() > 1 {
                self.found.insert(circle);
            }
        }
    }
}
