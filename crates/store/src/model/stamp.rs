//! When and by whom a customer or tenant was created and last changed.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// When and by whom something was created and last changed.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub(crate) struct AuditStamp {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: String,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) updated_by: String,
}
