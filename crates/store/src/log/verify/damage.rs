//! What is wrong in a log, and where.

use std::fmt;

use uuid::Uuid;

use crate::log::StoredEvent;

/// Something in the log that isn't as it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damage {
    /// The partition.
    pub partition: i16,
    /// The place in it; for a customer's state the position of its last event, 0 when it has none.
    pub position: i64,
    /// Whose event is stored there now, or whose state it is; nothing when there is nothing.
    pub whose: Option<Whose>,
    /// What is seen there.
    pub kind: Kind,
}

/// A version of a customer or tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Whose {
    /// The tenant.
    pub tenant: Uuid,
    /// The customer; nothing for the tenant itself.
    pub customer: Option<Uuid>,
    /// The version that the event made.
    pub version: i64,
}

/// What is seen of the damage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The event's content or its hash isn't what was written: edited, or put there by someone else.
    Edited,
    /// What was written at another place is here.
    Moved {
        /// The partition that it was written to.
        partition: i16,
        /// The position that it was written at.
        position: i64,
    },
    /// There are no events from here up to and with this position.
    Missing {
        /// The last one.
        until: i64,
    },
    /// An event after the head, where the log ends.
    BeyondHead,
    /// The head's hash or time isn't that of the last event.
    HeadDiffers,
    /// The head of the partition isn't there.
    HeadMissing,
    /// The stream goes on here with another version than the one that is due.
    Sequence {
        /// The version that is due.
        due: i64,
    },
    /// The event names no stream, or one of another tenant.
    Stray,
    /// The current state that is kept isn't of the log's version.
    State {
        /// The version of the state; 0 when there is none.
        kept: i64,
    },
    /// The event is recorded earlier than the one before it, and no import is known that it came with.
    Time,
    /// The record of an import names a stretch of the log that isn't one, or there is none for this event.
    ImportRecord,
    /// The kept Merkle tree isn't that of the log, in the events that end here.
    Tree,
    /// The log up to here isn't the one of a signed head, though it is that of the signed head
    /// before, if there is one.
    Rewritten {
        /// Where the log was still the signed one; 0 when that isn't known.
        after: i64,
    },
    /// A signed head is of a longer log.
    CutOff {
        /// How long it was.
        size: i64,
    },
}

impl Whose {
    /// Whose event this is, as far as it says.
    pub(super) fn event(event: &StoredEvent) -> Self {
        let customer = event.aggregate_id.split_once('/').and_then(|(_, id)| id.parse().ok());
        Self { tenant: event.tenant_id, customer, version: event.sequence }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, position, whose, kind } = self;
        write!(f, "partition {partition}, position {position}")?;
        if let Some(Whose { tenant, customer, version }) = whose {
            write!(f, ", tenant {tenant}")?;
            if let Some(customer) = customer {
                write!(f, ", customer {customer}")?;
            }
            write!(f, ", version {version}")?;
        }
        write!(f, ": {kind}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited => write!(f, "edited: what is stored isn't what was written"),
            Self::Moved { partition, position } => {
                write!(f, "moved: this was written at partition {partition}, position {position}")
            }
            Self::Missing { until } => {
                write!(f, "missing: there is no event up to and with {until}")
            }
            Self::BeyondHead => write!(f, "inserted: the log ends before this event"),
            Self::HeadDiffers => write!(f, "the head isn't that of the last event"),
            Self::HeadMissing => write!(f, "the partition's head is missing"),
            Self::Sequence { due } => write!(f, "out of sequence: version {due} is due here"),
            Self::Stray => write!(f, "stray: the event is of no stream of this tenant"),
            Self::State { kept } => write!(f, "the current state is of version {kept}"),
            Self::Time => {
                write!(f, "earlier than the event before it, without the record of an import")
            }
            Self::ImportRecord => {
                write!(f, "the record of the tenant's import isn't the one that was written")
            }
            Self::Tree => write!(f, "the tree that heads are made from isn't that of the log"),
            Self::Rewritten { after: 0 } => {
                write!(f, "rewritten: the log up to here isn't the one that was signed")
            }
            Self::Rewritten { after } => {
                write!(
                    f,
                    "rewritten: the log is the one that was signed up to {after}, not to here"
                )
            }
            Self::CutOff { size } => write!(f, "cut off: a signed head has {size} events"),
        }
    }
}
