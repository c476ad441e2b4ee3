//! Who created and last changed a customer or tenant, and when.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// Who created and last changed something, and when.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub(crate) struct AuditStamp {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: String,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) updated_by: String,
}
