//! One customer's events, and the states they lead through.

use domain::customer::Customer;
use domain::upcast::Upcasters;
use domain::{CustomerId, TenantId};
use sqlx::{PgConnection, query_as};

use super::{StoredEvent, customer_stream, read_customer_event};
use crate::error::StoreError;
use crate::partition::Partition;

/// Up to `limit` events of a customer after version `after`, oldest first.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn stream(
    connection: &mut PgConnection,
    partition: Partition,
    tenant: TenantId,
    customer: CustomerId,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    Ok(query_as(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events
          where aggregate_type = 'customer' and aggregate_id = $1 and partition = $2
            and sequence > $3
          order by sequence
          limit $4",
    )
    .bind(customer_stream(tenant, customer))
    .bind(partition.number())
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// Events read from the database at once.
const PAGE: i64 = 500;

/// The customer as it was at `version`, or nothing when it hasn't come to that version.
///
/// What has happened doesn't change, so this may be read before a command is queued.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when an
/// event isn't understood.
pub async fn past(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    partition: Partition,
    tenant: TenantId,
    customer: CustomerId,
    version: i64,
) -> Result<Option<Customer>, StoreError> {
    let mut state = Customer::default();
    let mut reached = 0;
    while reached < version {
        let limit = PAGE.min(version - reached);
        let page = stream(connection, partition, tenant, customer, reached, limit).await?;
        let Some(last) = page.last() else { return Ok(None) };
        reached = last.sequence;
        for event in &page {
            let StoredEvent { event_type, event_version, payload, .. } = event;
            let event = read_customer_event(upcasters, event_type, event_version, payload)?;
            state = state.evolve(event);
        }
    }
    Ok((version > 0).then_some(state))
}
