//! A tenant: its settings apply to all of its customers.

mod api_key;
mod commands;
mod decide;
mod events;
mod provenance;
mod refusal;
mod state;

pub use api_key::*;
pub use commands::*;
pub use decide::{DecisionContext, decide};
pub use events::Event;
pub use provenance::*;
pub use refusal::Refusal;
pub use state::*;

#[cfg(test)]
mod tests;
