//! One customer, or one tenant, as it is.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::CustomerId;
use domain::customer::{Reservation, ReservationKind};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _, query, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::writer::submission::TenantRef;

/// How a caller names a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reference {
    /// By its id.
    Id(CustomerId),
    /// By an external id; a former one resolves as long as nobody else holds it.
    External(String),
    /// By an alias.
    Alias(String),
}

impl Reference {
    /// The claims whose holder is meant, the first that has one.
    pub(crate) fn claims(&self) -> Vec<Reservation> {
        let (kinds, key): (&[ReservationKind], &str) = match self {
            Self::Id(_) => return Vec::new(),
            Self::External(key) => {
                (&[ReservationKind::ExternalId, ReservationKind::FormerExternalId], key)
            }
            Self::Alias(key) => (&[ReservationKind::Alias], key),
        };
        kinds.iter().map(|kind| Reservation::new(*kind, key)).collect()
    }
}

/// When and by whom something was made and last changed.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: String,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) updated_by: String,
}

/// A customer or tenant as it is: its state, passed through as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Current {
    /// Its id.
    pub id: Uuid,
    /// Its version, from 1.
    pub version: i64,
    /// Its state, a JSON object.
    pub state: String,
    pub(crate) envelope: Envelope,
}

impl Current {
    /// The JSON document that callers see: id, version, who and when, then the state's own members.
    ///
    /// Put together from text: what is stored as JSON isn't read and written again.
    #[must_use]
    pub fn document(&self) -> String {
        let Envelope { created_at, created_by, updated_at, updated_by } = &self.envelope;
        let mut document = format!(
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
}

impl Current {
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
        self.envelope.created_at
    }

    /// When its latest event was recorded.
    #[must_use]
    pub const fn updated_at(&self) -> DateTime<Utc> {
        self.envelope.updated_at
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
            envelope: Envelope::from_row(row)?,
        })
    }
}

/// Those of the customers that the tenant has, in any order.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn current(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customers: Vec<Uuid>,
) -> Result<Vec<Current>, StoreError> {
    let found = query_as(
        "select customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_customers($1, $2, $3)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(customers)
    .fetch_all(connection)
    .await?;
    Ok(found)
}

/// The customer that `reference` names, if the tenant has one.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn customer(
    connection: &mut PgConnection,
    tenant: TenantRef,
    reference: &Reference,
) -> Result<Option<Current>, StoreError> {
    if let Reference::Id(id) = reference {
        return Ok(current(connection, tenant, vec![id.0]).await?.pop());
    }
    let claims = reference.claims();
    let kinds: Vec<_> = claims.iter().map(|claim| claim.kind.as_str().to_owned()).collect();
    let key = claims.into_iter().next().map(|claim| claim.key).unwrap_or_default();
    let found = query_as(
        "select customer_id as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_customer_by_key($1, $2, $3, $4)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .bind(kinds)
    .bind(key)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// The tenant's own settings, if there is such a tenant.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn tenant(
    connection: &mut PgConnection,
    tenant: TenantRef,
) -> Result<Option<Current>, StoreError> {
    let row = query(
        "select $2 as id, version, state::text as state,
                created_at, created_by, updated_at, updated_by
           from read_tenant($1, $2)",
    )
    .bind(tenant.partition.number())
    .bind(tenant.id.0)
    .fetch_optional(connection)
    .await?;
    Ok(row.as_ref().map(Current::from_row).transpose()?)
}
