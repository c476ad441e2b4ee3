//! Transfers a tenant's log as a file, from one database into another.
//!
//! The file is NDJSON. The first line is a header. Then there is one event per line, in the order
//! of the log. The last line has the number of events and the hash of all lines before it.
//!
//! A signed file (version 2) also has each event's position and hash in the chain, and in its last
//! line a manifest signed with the log's key. An unsigned one (version 1) proves nothing.

mod export;
mod file;
mod import;
mod manifest;
mod postgres_es;

pub use export::export;
pub use import::{Imported, import};
pub use manifest::Trust;
pub use postgres_es::{NewTenant, import_postgres_es};

pub use crate::model::{LISTED_MAX, TransferError};
