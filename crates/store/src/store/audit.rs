//! What is asked of a whole tenant's past: the audit, the feed, and who read what.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::Connection as _;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::Store;
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::history::Recorded;
use crate::queries::{self, AuditQuery, FeedPart, FeedQuery, NotedRead, Page, ReadQuery};
use crate::reads::{self, Read, Who};
use crate::writer::submission::TenantRef;

/// Writes within this time are told together: who is busy reading isn't called for each of them.
const TOGETHER: Duration = Duration::from_millis(5);
/// How long news may take that nobody told of.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Tells when there may be something new in a tenant's feed.
#[derive(Debug)]
pub struct News(Option<watch::Receiver<()>>);

impl News {
    /// Returns when something may have been written since this last returned, and after a second
    /// in any case.
    pub async fn wait(&mut self) {
        match &mut self.0 {
            Some(news) => {
                drop(timeout(LOOK_INTERVAL, news.changed()).await);
                tokio::time::sleep(TOGETHER).await;
            }
            None => tokio::time::sleep(LOOK_INTERVAL).await,
        }
    }
}

impl Store {
    /// The tenant's events that are asked for, its own among them, in today's shapes. Nothing when they
    /// are asked for, the oldest first, from beyond the log's end on: it isn't the log that it was.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn audit(
        &self,
        tenant: TenantRef,
        asked: &AuditQuery,
    ) -> Result<Option<Page<Recorded>>, StoreError> {
        let (asked, costly) = (asked.clone(), asked.is_costly());
        let mut page = self
            .ask_as(costly, tenant, move |connection| {
                let asked = asked.clone();
                Box::pin(async move { queries::audit(connection, tenant, &asked).await })
            })
            .await?;
        if let Some(page) = &mut page {
            page.items = self.of_today(std::mem::take(&mut page.items));
        }
        Ok(page)
    }

    /// The tenant's event at a position of its partition, in today's shape; nothing when there is none
    /// or it is another tenant's.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn event_at(
        &self,
        tenant: TenantRef,
        position: i64,
    ) -> Result<Option<Recorded>, StoreError> {
        let event = self
            .ask(tenant, move |connection| {
                Box::pin(queries::event_at(connection, tenant, position))
            })
            .await?;
        Ok(event.map(|event| event.of_today(&self.inner.upcasters)))
    }

    /// The tenant's next events, in today's shapes. Nothing when they are asked for from beyond the
    /// log's end on: it isn't the log that it was.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn feed(
        &self,
        tenant: TenantRef,
        asked: &FeedQuery,
    ) -> Result<Option<FeedPart>, StoreError> {
        let asked = asked.clone();
        let mut part = self
            .inner
            .lanes
            .feeds
            .ask(tenant.id, move |connection| {
                let asked = asked.clone();
                Box::pin(async move { queries::feed(connection, tenant, &asked).await })
            })
            .await?;
        if let Some(part) = &mut part {
            part.items = self.of_today(std::mem::take(&mut part.items));
        }
        Ok(part)
    }

    /// Tells when to ask for the tenant's feed again. To be asked before the feed is.
    #[must_use]
    pub fn news(&self, tenant: TenantRef) -> News {
        News(self.inner.wakeups.news(tenant.partition))
    }

    /// Notes that personal data is about to be shown, and returns when the note is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and [`StoreError::Stopping`]: it may not be noted, so nothing
    /// should be shown.
    pub async fn note_read(&self, read: Read) -> Result<(), StoreError> {
        self.inner.reads.note(read).await
    }

    /// Records behind the answer that these customers are shown, once an hour for each reader and customer.
    /// Returns as soon as that is queued; `id` makes the record's id. It is stored within about a second.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and [`StoreError::Stopping`]: it is not recorded, so nothing should be
    /// shown.
    pub async fn record_read(
        &self,
        who: Who<'_>,
        customers: &BTreeSet<Uuid>,
        id: impl FnOnce() -> Uuid,
    ) -> Result<(), StoreError> {
        self.inner.behind.record(who, customers, id).await
    }

    /// The reads of personal data that are asked for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn reads(
        &self,
        tenant: TenantRef,
        asked: &ReadQuery,
    ) -> Result<Page<NotedRead>, StoreError> {
        let asked = asked.clone();
        self.ask(tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::reads(connection, tenant, &asked).await })
        })
        .await
    }

    /// Deletes the notes of reads that are older than `days`, of all tenants, and says how many. None goes
    /// within a day.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL fails; what was deleted before stays deleted.
    pub async fn purge_reads(&self, days: u32) -> Result<u64, StoreError> {
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let mut connection = open(&as_role(&self.inner.database, Role::Writer)).await?;
        let mut purged: u64 = 0;
        loop {
            let mut deleted: u64 = 0;
            for tenant in reads::with_old_notes(&mut connection, days).await? {
                let of_tenant = reads::purge(&mut connection, tenant, days).await?;
                deleted = deleted.saturating_add(of_tenant);
            }
            purged = purged.saturating_add(deleted);
            if deleted == 0 {
                connection.close().await?;
                return Ok(purged);
            }
        }
    }

    fn of_today(&self, events: Vec<Recorded>) -> Vec<Recorded> {
        let upcasters = &self.inner.upcasters;
        events.into_iter().map(|event| event.of_today(upcasters)).collect()
    }
}
