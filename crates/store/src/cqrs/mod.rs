//! cqrs-es on this log, for programs that embed this crate.
//!
//! - [`ViewProjection`] makes a [`cqrs_es::View`] of customers a read model: it follows the log, applies
//!   each event once, is rebuilt online, and parks a customer whose events it can't take.
//! - [`ViewStore`] loads such views: it is a [`cqrs_es::persist::ViewRepository`] of one tenant.
//! - [`LogRepository`] is a read-only [`cqrs_es::persist::PersistedEventRepository`] of one tenant, for
//!   [`cqrs_es::persist::QueryReplay`] and other tools.
//!
//! An aggregate id is `<tenant>/<customer>`, as in the table `events`.

mod envelope;
mod log;
mod view;
mod view_fold;
mod view_store;
mod view_tables;

pub use self::log::{LogRepository, ReadOnly};
pub use self::view::{BadViewName, ViewProjection};
pub use self::view_store::{NotWritten, ViewStore};
pub use self::view_tables::make_view_tables;
