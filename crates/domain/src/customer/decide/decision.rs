//! What a rule leads to.

use crate::customer::events::Event;
use crate::customer::refusal::Refusal;

/// The events of a command, or why it is refused.
pub(super) type Decision = Result<Vec<Event>, Refusal>;

/// No event if nothing changes, else this one.
pub(super) fn unless(same: bool, event: Event) -> Vec<Event> {
    if same { vec![] } else { vec![event] }
}
