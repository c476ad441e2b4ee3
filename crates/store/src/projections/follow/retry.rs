//! Retries streams that were set aside because they were too slow.

use std::sync::Arc;
use std::time::Duration;

use domain::{CustomerId, TenantId};
use sqlx::{FromRow, query_as};
use uuid::Uuid;

use super::replay::replay;
use super::workers::Shared;
use crate::connections::in_time;
use crate::error::StoreError;
use crate::model::StreamKey;
use crate::partition::Partition;
use crate::projections::follow::replay::Unparked;

/// The pause between two rounds while they succeed.
const PAUSE: Duration = Duration::from_secs(5);
/// The maximum pause. A failed retry blocks its projection in its partition for up to a statement's
/// timeout, so retries become rarer.
const PAUSE_MAX: Duration = Duration::from_mins(10);
/// Streams per round.
const TOGETHER_MAX: i64 = 100;

#[derive(FromRow)]
struct SetAside {
    projection: String,
    generation: i32,
    partition: i16,
    tenant_id: Uuid,
    customer_id: Uuid,
}

impl Shared {
    /// Retries forever.
    pub(super) async fn retry(self: Arc<Self>) {
        let mut pause = PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let all_went_on = self.retry_all().await.unwrap_or_else(|_| {
                self.connections.forget_idle();
                true
            });
            let longer = pause.saturating_mul(2).min(PAUSE_MAX);
            pause = if all_went_on { PAUSE } else { longer };
        }
    }

    /// Retries each stream once. Returns whether none was too slow again.
    async fn retry_all(&self) -> Result<bool, StoreError> {
        let mut all_went_on = true;
        for stream in self.set_aside().await? {
            all_went_on &= match self.try_again(&stream).await {
                Err(error) if error.took_too_long() => false,
                Ok(()) | Err(_) => true,
            };
        }
        Ok(all_went_on)
    }

    async fn set_aside(&self) -> Result<Vec<SetAside>, StoreError> {
        let mut connection = self.connections.take().await?;
        let streams = in_time(
            query_as(
                "select projection, generation, partition, tenant_id, customer_id
                   from parked_streams
                  where timed_out
                  order by parked_at, projection, generation, partition, tenant_id, customer_id
                  limit $1",
            )
            .bind(TOGETHER_MAX)
            .fetch_all(&mut *connection),
        )
        .await?;
        self.connections.give_back(connection);
        Ok(streams)
    }

    async fn try_again(&self, stream: &SetAside) -> Result<(), StoreError> {
        let (Some(projection), Some(partition)) =
            (self.projections.find(&stream.projection), Partition::new(stream.partition))
        else {
            return Ok(());
        };
        let (tenant, customer) = (TenantId(stream.tenant_id), CustomerId(stream.customer_id));
        let key = StreamKey { partition, tenant, customer };
        let mut connection = self.connections.take().await?;
        let replayed =
            replay(&mut connection, &self.upcasters, projection, stream.generation, &key).await?;
        self.connections.give_back(connection);
        if let Unparked::Applied(events) = replayed {
            let projection = projection.name();
            tracing::info!(
                projection, %customer, %tenant, events,
                "{projection} goes on with customer {customer}, which was set aside"
            );
        }
        self.wakeups.wake(partition);
        self.progress.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }
}
