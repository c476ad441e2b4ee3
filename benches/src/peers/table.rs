//! What the table of the peers has: its columns, and what a row is.

use crate::report::Runs;

/// Customers whose histories are read.
pub(super) const CUSTOMERS_READ: usize = 1_000;

/// What is measured, by the number that the work has in the tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A change of a customer, without a read model where that can be left out.
    W1,
    /// A new customer, in the same way.
    W2,
    /// A change with the read model.
    W3,
    /// The last events of a customer.
    W5,
}

/// The columns of the table.
pub(super) const STACKS: [&str; 5] = ["Dossier", "cqrs-es", "bare SQL", "Emmett", "eventsourcing"];
/// Which of them the others are compared with.
pub(super) const STOCK: usize = 1;

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1 change",
            Self::W2 => "W2 create",
            Self::W3 => "W3 change and read model",
            Self::W5 => "W5 last 50 events",
        }
    }
}

/// A row: the runs of each stack, in the order of [`STACKS`]; none where a stack doesn't offer the work.
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) callers: usize,
    pub(super) runs: [Option<Runs>; STACKS.len()],
}
