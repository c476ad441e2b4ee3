//! A tenant's whole log as a file: out of one database, into another.
//!
//! The file is NDJSON. The first line says what it is, the last how many events there are and what
//! all lines before it hash to; between them is one event per line, in the order of the log.
//!
//! A signed file (version 2) has each event's place and hash in the chain as well, and in its last line a
//! manifest that the log's key has signed. An unsigned one (version 1) proves nothing.

mod export;
mod file;
mod import;
mod manifest;
mod postgres_es;

use std::io;

pub use export::export;
pub use import::{Imported, import};
pub use manifest::Trust;
pub use postgres_es::{NewTenant, import_postgres_es};

use crate::error::StoreError;

/// Events that can't be taken over are listed up to this many; all are counted.
pub const LISTED_MAX: usize = 50;

/// Why a tenant was not exported or imported. Nothing was changed, but for a lost answer to a commit:
/// the same import given again then says that the tenant is there.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is no such tenant to export.
    #[error("there is no such tenant")]
    Unknown,
    /// The file isn't one that an export has written, or not wholly.
    #[error("line {line}: {why}")]
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What the events say can't be.
    #[error("{0}")]
    Refused(String),
    /// Some of the events of a postgres-es table can't be taken over.
    #[error("{count} events can't be taken over")]
    NotTaken {
        /// How many.
        count: u64,
        /// The first [`LISTED_MAX`] of them, each in a sentence.
        listed: Vec<String>,
    },
    /// The file can't be read or written.
    #[error("the file can't be read or written")]
    Io(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
