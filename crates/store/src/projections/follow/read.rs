//! Reads the next events of a partition.

use std::collections::HashMap;

use domain::{CustomerId, TenantId};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::model::StreamKey;
use crate::partition::Partition;
use crate::projections::fold::LoggedEvent;

/// Events per statement.
const PAGE: i64 = 1_024;
/// A batch is not read further once its payloads and metadata have this many bytes.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The next events.
#[derive(Default)]
pub(crate) struct Next {
    /// The position up to which they were read.
    pub(crate) until: i64,
    /// The number of events read, including those of tenants.
    pub(crate) count: i64,
    /// The events of customers, by customer.
    pub(crate) streams: Vec<(StreamKey, Vec<LoggedEvent>)>,
}

#[derive(FromRow)]
struct EventRow {
    tenant_id: Uuid,
    customer_id: Option<Uuid>,
    #[sqlx(flatten)]
    event: LoggedEvent,
}

/// Reads the events after `after`, up to `until`, `events_max` events, or the maximum size of a
/// batch.
pub(crate) async fn next(
    connection: &mut PgConnection,
    partition: Partition,
    after: i64,
    until: i64,
    events_max: i64,
) -> sqlx::Result<Next> {
    let until = until.min(after.saturating_add(events_max));
    let mut next = Next { until: after, ..Next::default() };
    let mut places: HashMap<StreamKey, usize> = HashMap::new();
    let mut bytes = 0;
    while next.until < until && bytes < BATCH_BYTES_MAX {
        let page_until = until.min(next.until.saturating_add(PAGE));
        for row in page(&mut *connection, partition, next.until, page_until).await? {
            let LoggedEvent { payload, metadata, .. } = &row.event;
            bytes = payload.len().saturating_add(metadata.len()).saturating_add(bytes);
            let Some((key, logged)) = row.split(partition) else { continue };
            let place = *places.entry(key).or_insert(next.streams.len());
            match next.streams.get_mut(place) {
                Some((_, events)) => events.push(logged),
                None => next.streams.push((key, vec![logged])),
            }
        }
        next.until = page_until;
    }
    next.count = next.until.saturating_sub(after);
    Ok(next)
}

/// The events after `after` up to `until`. Positions have no gaps.
async fn page(
    connection: &mut PgConnection,
    partition: Partition,
    after: i64,
    until: i64,
) -> sqlx::Result<Vec<EventRow>> {
    query_as(
        "select tenant_id,
                case when aggregate_type = 'customer'
                     then split_part(aggregate_id, '/', 2)::uuid end as customer_id,
                position, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata, recorded_at
           from events
          where partition = $1 and position > $2 and position <= $3
          order by position",
    )
    .bind(partition.number())
    .bind(after)
    .bind(until)
    .fetch_all(connection)
    .await
}

impl EventRow {
    /// The customer and its event; nothing for an event of a tenant.
    fn split(self, partition: Partition) -> Option<(StreamKey, LoggedEvent)> {
        let customer = CustomerId(self.customer_id?);
        let key = StreamKey { partition, tenant: TenantId(self.tenant_id), customer };
        Some((key, self.event))
    }
}
