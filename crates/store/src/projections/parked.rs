//! Customers whose streams stopped in a projection, and how they go on.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use super::follow::replay::replay;
use super::{Key, find};
use crate::connect::{Role, as_role, open, statements_within};
use crate::error::StoreError;
use crate::partition::Partition;
use crate::store::Options;

/// Generations of one customer listed at a time; there are rarely more than two.
const GENERATIONS_MAX: i64 = 100;

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

/// Where a parked stream is in the list of its projection's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParkedAt {
    /// The generation.
    pub generation: i32,
    /// The partition of the log.
    pub partition: i16,
    /// The customer's tenant.
    pub tenant_id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
}

impl Parked {
    /// Where it is in the list of its projection's.
    #[must_use]
    pub fn at(&self) -> ParkedAt {
        let Self { generation, partition, tenant_id, customer_id, .. } = *self;
        ParkedAt { generation, partition, tenant_id, customer_id }
    }
}

/// The streams that are parked in a projection and come after one of them, up to `limit`, by
/// generation, partition, tenant and customer. The connection works as [`Role::Projector`].
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn parked_in(
    connection: &mut PgConnection,
    projection: &str,
    after: Option<ParkedAt>,
    limit: i64,
) -> Result<Vec<Parked>, StoreError> {
    Ok(query_as(
        "select projection, generation, partition, tenant_id, customer_id,
                sequence, position, event_type, failure, parked_at
           from parked_streams
          where projection = $1
            and ($2::integer is null
                 or (generation, partition, tenant_id, customer_id) > ($2, $3, $4, $5))
          order by generation, partition, tenant_id, customer_id
          limit $6",
    )
    .bind(projection)
    .bind(after.map(|after| after.generation))
    .bind(after.map(|after| after.partition))
    .bind(after.map(|after| after.tenant_id))
    .bind(after.map(|after| after.customer_id))
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// The generations of a projection in which a customer is parked, oldest first. The connection works
/// as [`Role::Projector`].
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub async fn parked_customer(
    connection: &mut PgConnection,
    projection: &str,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Vec<Parked>, StoreError> {
    Ok(query_as(
        "select projection, generation, partition, tenant_id, customer_id,
                sequence, position, event_type, failure, parked_at
           from parked_streams
          where projection = $1 and tenant_id = $2 and customer_id = $3
          order by generation
          limit $4",
    )
    .bind(projection)
    .bind(tenant.0)
    .bind(customer.0)
    .bind(GENERATIONS_MAX)
    .fetch_all(connection)
    .await?)
}

/// Applies the events of a parked stream from where it stopped to where its projection is now.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL fails, or others move the projection on and don't let
/// go; the stream stays parked at the first event that isn't applied.
pub async fn unpark(options: &Options, parked: &Parked) -> Result<Unparked, StoreError> {
    let (Some(projection), Some(partition)) =
        (find(&parked.projection), Partition::new(parked.partition))
    else {
        return Ok(Unparked::NotParked);
    };
    let tenant = TenantId(parked.tenant_id);
    let key = Key { partition, tenant, customer: CustomerId(parked.customer_id) };
    let database = as_role(&options.database, Role::Projector);
    let mut connection = open(&statements_within(database, options.follow_timeout)).await?;
    replay(&mut connection, &options.upcasters, projection, parked.generation, &key).await
}
