//! History: a customer's events, its changes by field, its past states; and past lists of
//! customers.

mod blame;
mod cause;
mod changes;
mod differences;
mod entries;
mod events;
mod list;
mod newest;
mod past;
mod since;
mod sorted;
mod times;
mod window;

pub use blame::SetField;
pub(crate) use blame::{blame, position_of};
pub use cause::Cause;
pub(crate) use changes::changes;
pub use changes::{Change, ChangeQuery};
pub use entries::AuditEntry;
pub(crate) use entries::entries;
pub use events::EventQuery;
pub(crate) use events::events;
pub(crate) use list::customers_at;
pub(crate) use newest::{FirstPage, LastRead};
pub use past::Moment;
pub(crate) use past::{state_at, states};
pub(crate) use since::changed_after;
pub use sorted::CHANGED_SINCE_MAX;
pub(crate) use sorted::customers_sorted_at;
pub(crate) use times::times;
pub use window::Span;
