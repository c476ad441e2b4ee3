//! A tenant's past: the audit, the feed, and the records of reads.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::Connection as _;
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::history::{self, AuditEntry};
use crate::lanes::Lane;
use crate::model::{Recorded, TenantRef};
use crate::queries::{self, AuditQuery, FeedPart, FeedQuery, Page, ReadAuditEntry, ReadQuery};
use crate::reads::{self, Read, ReadSource};
use crate::store::handle::Store;

/// Writes within this time are reported together, so that a busy reader is not woken for each.
const TOGETHER: Duration = Duration::from_millis(5);
/// How long a write may go unnoticed if no notification arrives.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Waits for new events in a tenant's feed.
#[derive(Debug)]
pub struct News(Option<watch::Receiver<()>>);

impl News {
    /// Returns when something may have been written since the last call, and after a second in any
    /// case.
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
    /// The tenant's events (its own and its customers'), in today's shapes. Nothing if the query
    /// starts beyond the end of the log: then it is a different log.
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
            .ask_in(Lane::of_list(costly), tenant, move |connection| {
                let asked = asked.clone();
                Box::pin(async move { queries::audit(connection, tenant, &asked).await })
            })
            .await?;
        if let Some(page) = &mut page {
            page.items = self.of_today(std::mem::take(&mut page.items));
        }
        Ok(page)
    }

    /// The tenant's events as [`Store::audit`] finds them, with the names of their customers and API keys,
    /// and with what they changed if `values`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn audit_entries(
        &self,
        tenant: TenantRef,
        asked: &AuditQuery,
        values: bool,
    ) -> Result<Option<Page<AuditEntry>>, StoreError> {
        let (asked, costly) = (asked.clone(), values || asked.is_costly());
        let upcasters = self.inner.upcasters.clone();
        self.ask_in(Lane::of_list(costly), tenant, move |connection| {
            let (asked, upcasters) = (asked.clone(), upcasters.clone());
            Box::pin(async move {
                let page = queries::audit(connection, tenant, &asked).await?;
                let Some(page) = page else { return Ok(None) };
                let page = history::entries(connection, &upcasters, tenant, page, values);
                page.await.map(Some)
            })
        })
        .await
    }

    /// The tenant's event at a position of its partition, in today's shape. Nothing if there is
    /// none or it belongs to another tenant.
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
            .ask_in(Lane::LISTS, tenant, move |connection| {
                Box::pin(queries::event_at(connection, tenant, position))
            })
            .await?;
        Ok(event.map(|event| event.of_today(&self.inner.upcasters)))
    }

    /// The tenant's next events, in today's shapes. Nothing if the query starts beyond the end of
    /// the log: then it is a different log.
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
            .ask_in(Lane::FEED, tenant, move |connection| {
                let asked = asked.clone();
                Box::pin(async move { queries::feed(connection, tenant, &asked).await })
            })
            .await?;
        if let Some(part) = &mut part {
            part.items = self.of_today(std::mem::take(&mut part.items));
        }
        Ok(part)
    }

    /// Tells when to read the tenant's feed again. Call it before reading the feed.
    #[must_use]
    pub fn news(&self, tenant: TenantRef) -> News {
        News(self.inner.wakeups.news(tenant.partition))
    }

    /// Records that personal data is about to be shown. Returns when the record is durable.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and [`StoreError::Stopping`]: the read may not be recorded, so
    /// nothing should be shown.
    pub async fn record_read_durably(&self, read: Read) -> Result<(), StoreError> {
        self.inner.reads.record(read).await
    }

    /// Records that these customers are shown, once an hour for each reader and customer. Returns
    /// as soon as the record is queued; it is stored within about a second. `id` makes the record's
    /// id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] and [`StoreError::Stopping`]: the read is not recorded, so
    /// nothing should be shown.
    pub async fn record_read(
        &self,
        who: ReadSource<'_>,
        customers: &BTreeSet<Uuid>,
        id: impl FnOnce() -> Uuid,
    ) -> Result<(), StoreError> {
        self.inner.backlog.record(who, customers, id).await
    }

    /// The recorded reads of personal data.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn reads(
        &self,
        tenant: TenantRef,
        asked: &ReadQuery,
    ) -> Result<Page<ReadAuditEntry>, StoreError> {
        let asked = asked.clone();
        self.ask_in(Lane::LISTS, tenant, move |connection| {
            let asked = asked.clone();
            Box::pin(async move { queries::reads(connection, tenant, &asked).await })
        })
        .await
    }

    /// Deletes records of reads that are older than `days`, of all tenants, and returns their
    /// number. Records of the last day are never deleted.
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
            for tenant in reads::with_old_records(&mut connection, days).await? {
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
