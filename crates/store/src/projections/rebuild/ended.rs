//! The end of a rebuild or a rollback.

use super::compare::Comparison;
use crate::error::StoreError;

/// A finished rebuild or rollback.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rebuilt {
    /// The projection.
    pub projection: &'static str,
    /// The live generation.
    pub generation: i32,
    /// The comparison with the previous live generation.
    pub comparison: Comparison,
}

/// Why a projection was not rebuilt. The live generation is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is no projection with this name.
    #[error("there is no projection called {0:?}")]
    Unknown(String),

    /// A rebuild is running, or must be cancelled first.
    #[error("a rebuild of {0} is under way")]
    Underway(&'static str),

    /// It was cancelled.
    #[error("the rebuild of {0} was cancelled")]
    Cancelled(&'static str),

    /// There is no retired generation of this version's logic.
    #[error("there is no earlier generation of {0} that this version could go on with")]
    NothingRetired(&'static str),

    /// Some customers' events can't be applied, and the current state must have every customer.
    #[error("{streams} customers can't be folded; {projection} stays as it is")]
    Incomplete {
        /// The projection.
        projection: &'static str,
        /// The number of customers.
        streams: i64,
    },

    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
