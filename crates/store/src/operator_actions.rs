//! Actions of operators on read models. They are recorded before they run, and never changed.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection, query, query_as};

use crate::error::StoreError;
use crate::model::to_json;
use crate::writer::submission::Metadata;

/// An action of an operator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Rebuild a read model.
    Rebuild {
        /// The number of workers.
        workers: u16,
    },
    /// End a rebuild or rollback.
    Cancel,
    /// Roll back to the previous generation.
    Rollback,
    /// Drop retired and cancelled generations.
    Prune,
    /// Resume a parked customer, or all of them.
    Unpark {
        /// The customer, with its tenant.
        customer: Option<(TenantId, CustomerId)>,
    },
}

impl Action {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rebuild { .. } => "rebuild",
            Self::Cancel => "cancel",
            Self::Rollback => "rollback",
            Self::Prune => "prune",
            Self::Unpark { .. } => "unpark",
        }
    }

    fn about(&self) -> Value {
        match self {
            Self::Rebuild { workers } => json!({ "workers": workers }),
            Self::Unpark { customer: Some((tenant, customer)) } => {
                json!({ "tenant_id": tenant.0, "customer_id": customer.0 })
            }
            Self::Cancel | Self::Rollback | Self::Prune | Self::Unpark { customer: None } => {
                json!({})
            }
        }
    }
}

/// An action that was recorded.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct OperatorAction {
    /// Its number. Later actions have greater numbers.
    pub id: i64,
    /// When it was recorded, right before it ran.
    pub recorded_at: DateTime<Utc>,
    /// The database login of the process that did it.
    pub login: String,
    /// Its name.
    pub action: String,
    /// The read model. Absent: all of them.
    pub projection: Option<String>,
    /// Its other arguments, a JSON object.
    pub about: String,
    /// Who, why and how, a JSON object.
    pub metadata: String,
}

/// Records an action. The connection has [`Role::Projector`](crate::Role). `metadata` names the
/// caller.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked. The action must not be done then.
pub async fn record(
    connection: &mut PgConnection,
    projection: Option<&str>,
    action: Action,
    metadata: &Metadata,
) -> Result<(), StoreError> {
    query(
        "insert into operator_actions (action, projection, about, metadata)
         values ($1, $2, $3::json, $4::json)",
    )
    .bind(action.name())
    .bind(projection)
    .bind(action.about().to_string())
    .bind(to_json(metadata)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The actions before `before`, newest first, at most `limit`. The connection has
/// [`Role::Projector`](crate::Role).
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn list(
    connection: &mut PgConnection,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<OperatorAction>, StoreError> {
    let found = query_as(
        "select id, recorded_at, login, action, projection, about::text as about,
                metadata::text as metadata
           from operator_actions
          where id < coalesce($1, 9223372036854775807)
          order by id desc
          limit $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(found)
}
