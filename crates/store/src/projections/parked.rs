//! Customers whose streams stopped in a projection, and how they go on.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::follow::replay::replay;
use super::{Key, find};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::partition::Partition;
use crate::store::Options;

/// A customer whose events are no longer applied in a generation of a projection.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Parked {
    /// The projection.
    pub projection: String,
    /// Which of its generations.
    pub generation: i32,
    /// The partition of the log.
    pub partition: i16,
    /// The customer's tenant.
    pub tenant_id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// The first of its events that isn't applied.
    pub sequence: i64,
    /// Where that is in the partition.
    pub position: i64,
    /// What it is called.
    pub event_type: String,
    /// Why it can't be applied.
    pub failure: String,
    /// Since when.
    pub parked_at: DateTime<Utc>,
}

/// What came of trying a parked stream again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unparked {
    /// It goes on with the others; this many events were applied.
    Applied(i64),
    /// It stopped again, at this event of the customer. What is before that was applied.
    StoppedAt(i64),
    /// It isn't parked, or not in a generation that this version follows. Nothing was changed.
    NotParked,
}

/// Streams that are parked, up to `limit`, by projection, generation, partition, tenant and customer.
/// The connection works as [`Role::Projector`].
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn parked(connection: &mut PgConnection, limit: i64) -> Result<Vec<Parked>, StoreError> {
    Ok(query_as(
        "select projection, generation, partition, tenant_id, customer_id,
                sequence, position, event_type, failure, parked_at
           from parked_streams
          order by projection, generation, partition, tenant_id, customer_id
          limit $1",
    )
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// Applies the events of a parked stream from where it stopped to where its projection is now.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL fails, or others move the projection on and don't let
/// go; nothing was changed.
pub async fn unpark(options: &Options, parked: &Parked) -> Result<Unparked, StoreError> {
    let (Some(projection), Some(partition)) =
        (find(&parked.projection), Partition::new(parked.partition))
    else {
        return Ok(Unparked::NotParked);
    };
    let tenant = TenantId(parked.tenant_id);
    let key = Key { partition, tenant, customer: CustomerId(parked.customer_id) };
    let mut connection = connect(&options.database, Role::Projector).await?;
    replay(&mut connection, &options.upcasters, projection, parked.generation, &key).await
}
