//! Whether a replica serves reads, or why it is left out.

use super::mark::Lsn;
use crate::outage::OutageCause;

/// Whether a replica serves reads, or why it is left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReplicaState {
    /// Nobody has asked it yet.
    #[default]
    Starting,
    /// It serves reads.
    Serving,
    /// It is too far behind the primary.
    Behind,
    /// It can't be asked.
    Unavailable(OutageCause),
    /// It is not a standby.
    NoStandby,
    /// It is a copy of another database.
    OtherDatabase,
    /// It follows another history of the database: a standby was promoted.
    OtherTimeline,
}

impl ReplicaState {
    /// A description without values or secrets.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Starting => "not asked yet",
            Self::Serving => "ok",
            Self::Behind => "it is too far behind the primary",
            Self::Unavailable(cause) => cause.describe(),
            Self::NoStandby => "it is not a standby",
            Self::OtherDatabase => "it is a copy of another database",
            Self::OtherTimeline => "it follows another timeline than the primary",
        }
    }

    /// Whether reads may use it.
    #[must_use]
    pub const fn serves(self) -> bool {
        matches!(self, Self::Serving)
    }

    /// Whether a statement that it was given may never be answered, or belongs to another database.
    pub(super) const fn is_gone(self) -> bool {
        !matches!(self, Self::Serving | Self::Behind)
    }
}

/// What is known of a replica.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) state: ReplicaState,
    /// The end of what it has replayed.
    pub(super) replayed: Lsn,
}
