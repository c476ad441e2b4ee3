//! Why a tenant was not exported or imported.

use std::io;

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
