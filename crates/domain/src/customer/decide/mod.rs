//! What may happen to a customer, and why not.

use super::commands::Command;
use super::events::Event;
use super::facts::Facts;
use super::refusal::Refusal;
use super::state::Customer;

/// Decides what `command` does to a customer in `state`.
///
/// No events means that the customer is already as the command asks, so a command sent twice is
/// harmless.
///
/// # Errors
///
/// A [`Refusal`] when the rules do not allow the command in this state.
pub fn decide(state: &Customer, facts: &Facts, command: Command) -> Result<Vec<Event>, Refusal> {
    let _ = (state, facts, command);
    Err(Refusal::CustomerUnknown)
}
