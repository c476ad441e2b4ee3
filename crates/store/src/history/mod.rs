//! One customer's history: its events, its changes field by field, and what it was.

mod blame;
mod changes;
mod events;
mod past;
mod window;

pub(crate) use blame::{blame, position_of};
pub(crate) use changes::changes;
pub use changes::{Change, ChangeQuery};
pub(crate) use events::events;
pub use events::{EventQuery, Recorded};
pub use past::Moment;
pub(crate) use past::{state_at, states};
pub use window::Span;
