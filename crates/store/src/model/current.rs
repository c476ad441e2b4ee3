//! A customer or tenant as it is now.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::stamp::AuditStamp;
use crate::error::StoreError;

/// The usual size of a document besides its state, in bytes.
const ABOUT_BYTES: usize = 256;

/// A customer or tenant as it is: its state, passed through as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Current {
    /// Its id.
    pub id: Uuid,
    /// Its version, from 1.
    pub version: i64,
    /// Its state, a JSON object.
    pub state: String,
    pub(crate) stamp: AuditStamp,
}

impl Current {
    /// The members of a document before those of the state.
    pub const MEMBERS: [&str; 6] =
        ["id", "version", "created_at", "created_by", "updated_at", "updated_by"];

    /// The JSON document that callers see: id, version, who and when, then the state's own members.
    ///
    /// Put together from text: what is stored as JSON isn't read and written again.
    #[must_use]
    pub fn document(&self) -> String {
        let AuditStamp { created_at, created_by, updated_at, updated_by } = &self.stamp;
        let mut document = String::with_capacity(self.state.len().saturating_add(ABOUT_BYTES));
        // Writing to a text can't fail.
        let _ = write!(
            document,
            r#"{{"id":"{}","version":{},"created_at":"{}","created_by":{},"updated_at":"{}","updated_by":{}"#,
            self.id,
            self.version,
            created_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            serde_json::Value::from(&**created_by),
            updated_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            serde_json::Value::from(&**updated_by),
        );
        let members = self.state.strip_prefix('{').unwrap_or("}");
        if members != "}" {
            document.push(',');
        }
        document.push_str(members);
        document
    }

    /// The document as a value.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] when the state isn't JSON.
    pub fn to_value(&self) -> Result<serde_json::Value, StoreError> {
        serde_json::from_str(&self.document())
            .map_err(|error| StoreError::unreadable("a document", error))
    }

    /// When its first event was recorded.
    #[must_use]
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.stamp.created_at
    }

    /// When its latest event was recorded.
    #[must_use]
    pub const fn updated_at(&self) -> DateTime<Utc> {
        self.stamp.updated_at
    }

    /// Who caused its latest event: the actor, or else the id of the key.
    #[must_use]
    pub fn updated_by(&self) -> &str {
        &self.stamp.updated_by
    }

    /// The state itself.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] when it is none of an `S`.
    pub fn read<S: serde::de::DeserializeOwned>(&self) -> Result<S, StoreError> {
        serde_json::from_str(&self.state)
            .map_err(|error| StoreError::unreadable("a current state", error))
    }
}

impl FromRow<'_, PgRow> for Current {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            state: row.try_get("state")?,
            stamp: AuditStamp::from_row(row)?,
        })
    }
}
