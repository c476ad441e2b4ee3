//! The log as a repository of cqrs-es.

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use cqrs_es::persist::{
    EventUpcaster as _, PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream,
    SerializedEvent, SerializedSnapshot,
};
use domain::customer::Customer;
use serde_json::Value;
use sqlx::{FromRow, query_as};

use super::envelope::with_time;
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::{Recorded, TenantRef};
use crate::queries::{FeedQuery, as_tenant};
use crate::store::Store;

/// Events read at a time.
const PAGE: u16 = 256;
/// Events that wait in a stream for its reader, at most.
const WAITING_MAX: usize = 256;

/// One tenant's log, read only, for [`cqrs_es::persist::QueryReplay`] and other tools.
///
/// Events come in today's shape: the store's upcasters are applied. Their metadata have a `recorded_at`
/// besides what is stored. Another tenant's aggregates have no events.
///
/// A stream is read page by page, no faster than its reader takes events. When the database fails, the stream
/// ends with the error: give `QueryReplay` an error handler, since it still reports success.
#[derive(Clone)]
pub struct LogRepository {
    store: Store,
    tenant: TenantRef,
}

/// The repository only reads.
#[derive(Debug, thiserror::Error)]
#[error("the log can't be written through this repository: send a command with Store::submit")]
pub struct ReadOnly;

impl Store {
    /// A tenant's log as a repository of cqrs-es.
    #[must_use]
    pub fn log_repository(&self, tenant: TenantRef) -> LogRepository {
        LogRepository { store: self.for_exports(), tenant }
    }
}

#[derive(FromRow)]
struct Row {
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
}

impl Row {
    fn serialized<A: Aggregate>(self) -> Result<SerializedEvent, PersistenceError> {
        Ok(SerializedEvent {
            aggregate_id: self.aggregate_id,
            sequence: usize::try_from(self.sequence).unwrap_or_default(),
            aggregate_type: A::TYPE.to_owned(),
            event_type: self.event_type,
            event_version: self.event_version,
            payload: serde_json::from_str(&self.payload)?,
            metadata: serde_json::to_value(with_time(&self.metadata, self.recorded_at)?)?,
        })
    }
}

impl LogRepository {
    /// The next events of an aggregate, in today's shape.
    async fn page<A: Aggregate>(
        &self,
        aggregate_id: &str,
        after: i64,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let (tenant, aggregate_id) = (self.tenant, aggregate_id.to_owned());
        let rows: Vec<Row> = self
            .store
            .ask(tenant, move |connection| {
                let aggregate_id = aggregate_id.clone();
                Box::pin(async move {
                    let mut transaction = as_tenant(connection, tenant.id).await?;
                    let rows = query_as(
                        "select aggregate_id, sequence, event_type, event_version,
                                payload::text as payload, metadata::text as metadata, recorded_at
                           from events
                          where aggregate_type = $1 and aggregate_id = $2 and partition = $3
                            and sequence > $4
                          order by sequence
                          limit $5",
                    )
                    .bind(A::TYPE)
                    .bind(aggregate_id)
                    .bind(tenant.partition.number())
                    .bind(after)
                    .bind(i64::from(PAGE))
                    .fetch_all(&mut *transaction)
                    .await?;
                    transaction.rollback().await?;
                    Ok(rows)
                })
            })
            .await?;
        let upcasters = self.store.upcasters();
        rows.into_iter().map(|row| Ok(upcasters.upcast(row.serialized::<A>()?))).collect()
    }

    /// Sends the events of one aggregate.
    async fn send<A: Aggregate>(
        &self,
        aggregate_id: &str,
        feed: &mut ReplayFeed,
    ) -> Result<(), PersistenceError> {
        let mut after = 0;
        loop {
            let page = self.page::<A>(aggregate_id, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = i64::try_from(last.sequence).unwrap_or(i64::MAX);
            for event in page {
                feed.push(Ok(event)).await?;
            }
        }
    }

    /// Sends the events of all aggregates of a type, in the log's order, up to where the log ends now.
    async fn send_all<A: Aggregate>(&self, feed: &mut ReplayFeed) -> Result<(), PersistenceError> {
        let now = self.feed(None).await?;
        let mut after = 0;
        while after < now.until {
            let part = self.feed(Some(after)).await?;
            for event in part.items.into_iter().take_while(|event| event.position <= now.until) {
                if let Some(row) = self.row::<A>(event) {
                    feed.push(row.serialized::<A>()).await?;
                }
            }
            after = part.until;
        }
        Ok(())
    }

    async fn feed(&self, after: Option<i64>) -> Result<crate::queries::FeedPart, StoreError> {
        let asked = FeedQuery { after, limit: PAGE, ..FeedQuery::default() };
        let part = self.store.feed(self.tenant, &asked).await?;
        part.ok_or_else(|| StoreError::unreadable("the log", "it is shorter than it was"))
    }

    /// The row of an event; nothing if it is of another type of aggregate.
    fn row<A: Aggregate>(&self, event: Recorded) -> Option<Row> {
        let tenant = self.tenant.id;
        let aggregate_id = match event.customer_id {
            Some(customer) if A::TYPE == Customer::TYPE => {
                customer_stream(tenant, domain::CustomerId(customer))
            }
            None if A::TYPE != Customer::TYPE => tenant.to_string(),
            Some(_) | None => return None,
        };
        Some(Row {
            aggregate_id,
            sequence: event.version,
            event_type: event.event_type,
            event_version: event.event_version,
            payload: event.payload,
            metadata: event.metadata,
            recorded_at: event.recorded_at,
        })
    }
}

impl PersistedEventRepository for LogRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.get_last_events::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let mut after = i64::try_from(last_sequence).unwrap_or(i64::MAX);
        let mut events = Vec::new();
        loop {
            let page = self.page::<A>(aggregate_id, after).await?;
            let Some(last) = page.last() else { return Ok(events) };
            after = i64::try_from(last.sequence).unwrap_or(i64::MAX);
            events.extend(page);
        }
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        _: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        Err(PersistenceError::UnknownError(Box::new(ReadOnly)))
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        let (mut feed, stream) = ReplayStream::new(WAITING_MAX);
        let (log, aggregate_id) = (self.clone(), aggregate_id.to_owned());
        tokio::spawn(async move {
            if let Err(error) = log.send::<A>(&aggregate_id, &mut feed).await {
                // Nothing is left to do when the stream's reader has gone.
                let _ = feed.push(Err(error)).await;
            }
        });
        Ok(stream)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let (mut feed, stream) = ReplayStream::new(WAITING_MAX);
        let log = self.clone();
        tokio::spawn(async move {
            if let Err(error) = log.send_all::<A>(&mut feed).await {
                // Nothing is left to do when the stream's reader has gone.
                let _ = feed.push(Err(error)).await;
            }
        });
        Ok(stream)
    }
}
