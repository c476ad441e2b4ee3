//! What a customer was: at a version, or at an instant.

use chrono::{DateTime, Utc};
use domain::CustomerId;
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::PgConnection;
use uuid::Uuid;

use super::window::version_at;
use crate::entry::Entry;
use crate::error::StoreError;
use crate::projections::Key;
use crate::projections::follow::standings::standings;
use crate::queries::{Current, as_tenant};
use crate::writer::submission::TenantRef;

/// A moment in a customer's history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// After the event that made this version.
    Version(i64),
    /// After the last event that was recorded at this instant or before it.
    Instant(DateTime<Utc>),
}

/// What the customer that is `now` so was at a moment; nothing when it hasn't come to that version, or
/// wasn't there yet at that instant. An instant to come shows it as it is.
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
        Moment::Instant(instant) if instant >= now.envelope.updated_at => now.version,
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

/// What each of the customers was at the version that stands beside it, which it must have come to;
/// an error where its events can't be read.
pub(crate) async fn states(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    wanted: &[(Uuid, i64)],
) -> Result<Vec<Result<Entry<Customer>, StoreError>>, StoreError> {
    let TenantRef { id, partition } = tenant;
    let key = |customer| Key { partition, tenant: id, customer: CustomerId(customer) };
    let wanted: Vec<_> = wanted.iter().map(|(id, version)| (key(*id), *version)).collect();
    let mut transaction = as_tenant(connection, id).await?;
    let found = standings(&mut transaction, upcasters, None, partition, &wanted).await?;
    transaction.rollback().await?;
    Ok(found)
}

/// The customer as readers get it, exactly as they got it when that was now.
pub(super) fn current(id: Uuid, entry: Entry<Customer>) -> Result<Current, StoreError> {
    let unreadable = |error| StoreError::unreadable("a customer's state", error);
    let state = serde_json::to_string(&entry.state).map_err(unreadable)?;
    let envelope = entry.envelope;
    let envelope =
        envelope.ok_or_else(|| StoreError::unreadable("a customer's stream", "it is empty"))?;
    Ok(Current { id, version: entry.version, state, envelope })
}
