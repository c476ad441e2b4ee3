//! Parked customers: their streams stopped in a projection.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

pub use super::follow::replay::Unparked;
use super::follow::replay::replay;
use crate::connect::{Role, as_role, open, statements_within};
use crate::error::StoreError;
use crate::model::StreamKey;
use crate::options::Options;
use crate::partition::Partition;

/// The maximum of generations listed for a customer. There are rarely more than two.
const GENERATIONS_MAX: i64 = 100;

/// A customer whose events are no longer applied in a generation.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Parked {
    /// The projection.
    pub projection: String,
    /// The generation.
    pub generation: i32,
    /// The partition of the log.
    pub partition: i16,
    /// The customer's tenant.
    pub tenant_id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// The version of the first event that was not applied.
    pub sequence: i64,
    /// The event's position in the partition.
    pub position: i64,
    /// The event's name.
    pub event_type: String,
    /// Why it can't be applied.
    pub failure: String,
    /// When it was parked.
    pub parked_at: DateTime<Utc>,
}

/// Parked streams, up to `limit`, by projection, generation, partition, tenant and customer. The
/// connection has [`Role::Projector`].
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

/// The position of a parked stream in the list of its projection.
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
    /// Its position in the list of its projection.
    #[must_use]
    pub fn at(&self) -> ParkedAt {
        let Self { generation, partition, tenant_id, customer_id, .. } = *self;
        ParkedAt { generation, partition, tenant_id, customer_id }
    }
}

/// The parked streams of a projection after the given one, up to `limit`, by generation, partition,
/// tenant and customer. The connection has [`Role::Projector`].
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

/// The generations of a projection in which a customer is parked, oldest first. The connection has
/// [`Role::Projector`].
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

/// Applies the events of a parked stream from where it stopped up to the projection's position.
///
/// # Errors
///
/// [`StoreError::Unavailable`] if PostgreSQL fails, or if others hold the checkpoint. The stream
/// stays parked at the first event that was not applied.
pub async fn unpark(options: &Options, parked: &Parked) -> Result<Unparked, StoreError> {
    let (Some(projection), Some(partition)) =
        (options.projections.find(&parked.projection), Partition::new(parked.partition))
    else {
        return Ok(Unparked::NotParked);
    };
    let tenant = TenantId(parked.tenant_id);
    let key = StreamKey { partition, tenant, customer: CustomerId(parked.customer_id) };
    let database = as_role(&options.database, Role::Projector);
    let mut connection = open(&statements_within(database, options.follow_timeout)).await?;
    replay(&mut connection, &options.upcasters, projection, parked.generation, &key).await
}
