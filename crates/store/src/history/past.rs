//! Past states of a customer: at a version or at an instant.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::PgConnection;
use uuid::Uuid;

use super::window::version_at;
use crate::error::StoreError;
use crate::model::{Current, StreamKey, TenantRef, Versioned};
use crate::projections::follow::state_cache::states_before;
use crate::queries::as_tenant;

/// A moment in a customer's history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// After the event of this version.
    Version(i64),
    /// After the last event at or before this instant.
    Instant(DateTime<Utc>),
}

/// The state of a customer at a moment. `now` is its current state. Nothing if it has not reached
/// that version, or did not exist at that instant. A future instant gives the current state.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when an event
/// isn't understood.
pub(crate) async fn state_at(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    now: &Current,
    moment: Moment,
) -> Result<Option<Current>, StoreError> {
    let customer = CustomerId(now.id);
    let version = match moment {
        Moment::Version(version) => version,
        Moment::Instant(instant) if instant >= now.stamp.updated_at => now.version,
        Moment::Instant(instant) => version_at(connection, tenant, customer, instant).await?,
    };
    if version == now.version {
        return Ok(Some(now.clone()));
    }
    if !(1..now.version).contains(&version) {
        return Ok(None);
    }
    let mut found = states(connection, upcasters, tenant, &[(customer.0, version)]).await?;
    found.pop().transpose()?.map(|entry| current(now.id, entry)).transpose()
}

/// The state of each customer at the given version, which it must have reached; an error if its
/// events can't be read.
pub(crate) async fn states(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    wanted: &[(Uuid, i64)],
) -> Result<Vec<Result<Versioned<Customer>, StoreError>>, StoreError> {
    let TenantRef { id, partition } = tenant;
    let key = |customer| StreamKey { partition, tenant: id, customer: CustomerId(customer) };
    let wanted: Vec<_> = wanted.iter().map(|(id, version)| (key(*id), *version)).collect();
    let mut transaction = as_tenant(connection, id).await?;
    let found = states_before(&mut transaction, upcasters, None, partition, &wanted).await?;
    transaction.rollback().await?;
    Ok(found)
}

/// The customer exactly as readers got it at that time.
pub(super) fn current(id: Uuid, entry: Versioned<Customer>) -> Result<Current, StoreError> {
    let unreadable = |error| StoreError::unreadable("a customer's state", error);
    let state = serde_json::to_string(&entry.state).map_err(unreadable)?;
    let stamp = entry.stamp;
    let stamp =
        stamp.ok_or_else(|| StoreError::unreadable("a customer's stream", "it is empty"))?;
    Ok(Current { id, version: entry.version, state, stamp })
}
