//! History: a customer's events, its changes field by field, what it was; and whom the tenant had.

mod blame;
mod changes;
mod events;
mod list;
mod past;
mod window;

pub(crate) use blame::{blame, position_of};
pub(crate) use changes::changes;
pub use changes::{Change, ChangeQuery};
pub(crate) use events::events;
pub use events::{EventQuery, Recorded};
pub(crate) use list::customers_at;
pub use past::Moment;
pub(crate) use past::{state_at, states};
pub use window::Span;
