//! Damage of a log.

use std::fmt;

use uuid::Uuid;

use crate::log::event::StoredEvent;

/// A place where the log is damaged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damage {
    /// The partition.
    pub partition: i16,
    /// The position. For a customer's state, the position of its last event, or 0.
    pub position: i64,
    /// The owner of the event or state that is there now, if any.
    pub whose: Option<Whose>,
    /// The kind of damage.
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

/// The kind of damage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The event's content or hash differs from what was written: it was edited or inserted.
    Edited,
    /// The event was written at another position.
    Moved {
        /// The original partition.
        partition: i16,
        /// The original position.
        position: i64,
    },
    /// The events from here up to `until` are missing.
    Missing {
        /// The last missing position.
        until: i64,
    },
    /// An event beyond the head.
    BeyondHead,
    /// The head's hash or time differs from the last event's.
    HeadDiffers,
    /// The partition has no head.
    HeadMissing,
    /// The stream continues with a wrong version.
    Sequence {
        /// The expected version.
        due: i64,
    },
    /// The event belongs to no stream of its tenant.
    Stray,
    /// The current state has another version than the log.
    State {
        /// The version of the state; 0 if there is none.
        kept: i64,
    },
    /// The event is earlier than the one before it, and belongs to no recorded import.
    Time,
    /// The record of an import does not match the log, or is missing for this event.
    ImportRecord,
    /// The stored Merkle tree differs from the log, in the events that end here.
    Tree,
    /// The log up to here differs from a signed head. The signed head before that, if any, matched.
    Rewritten {
        /// The position up to which the log matched; 0 if unknown.
        after: i64,
    },
    /// A signed head has more events than the log.
    CutOff {
        /// The number of events in the signed head.
        size: i64,
    },
}

impl Whose {
    /// The owner of an event, as far as the event says.
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
