//! A customer: its commands, its rules, its events and its state.

pub mod billing;
mod changes;
mod commands;
mod configs;
mod context;
mod decide;
mod disclosure;
mod events;
mod evolve;
mod known;
pub mod payment;
pub mod profile;
#[cfg(test)]
mod properties;
mod refusal;
mod reservations;
mod state;
pub mod tax;
mod tax_ids;
#[cfg(test)]
pub(crate) mod testing;
pub mod values;

pub use billing::*;
pub use changes::changes;
pub use commands::*;
pub use context::{DecisionContext, HIERARCHY_DEPTH_MAX, Lineage, ParentStatus};
pub use decide::{changed_since, decide};
pub use disclosure::Disclosure;
pub use events::{Event, Registered};
pub use known::is_field;
pub use payment::*;
pub use profile::*;
pub use refusal::Refusal;
pub use reservations::{Reservation, ReservationKind, UnknownReservationKind};
pub use state::{Customer, FORMER_EXTERNAL_IDS_KEPT};
pub use tax::*;
pub use tax_ids::{TaxId, TaxIdType, TaxIdValue};
pub use values::*;

pub use crate::fields::FieldChange;
