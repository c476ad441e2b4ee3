//! How much is kept of what isn't the log: answers under idempotency keys, and records of reads.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use domain::TenantId;
use sqlx::{Connection as _, query_as, query_scalar};
use uuid::Uuid;

use super::Store;
use crate::connect::{Role, as_role, open};
use crate::connections::Connections;
use crate::error::StoreError;
use crate::read_lane::ask_on;
use crate::reads;
use crate::writer::submission::Submission;

/// Answers that this instance has kept before it looks again which tenants have too many.
const LOOK_AFTER: u64 = 10_000;

/// Which tenants have as many kept answers as they may.
pub(super) struct Kept {
    connections: Connections,
    full: RwLock<HashSet<TenantId>>,
    any_full: AtomicBool,
    /// Commands with an idempotency key since the last look.
    since: AtomicU64,
}

impl Kept {
    pub(super) fn new(connections: Connections) -> Self {
        let (full, any_full, since) = Default::default();
        Self { connections, full, any_full, since }
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }

    fn is_full(&self, tenant: TenantId) -> bool {
        self.any_full.load(Ordering::Relaxed)
            && self.full.read().unwrap_or_else(PoisonError::into_inner).contains(&tenant)
    }
}

impl Store {
    /// Refuses a new idempotency key of a tenant that has too many answers kept. A key whose answer is kept
    /// gets it as always.
    pub(super) async fn admit_key(&self, submission: &Submission) -> Result<(), StoreError> {
        let Some(idempotency) = &submission.idempotency else { return Ok(()) };
        let kept = &self.inner.kept;
        kept.since.fetch_add(1, Ordering::Relaxed);
        if !kept.is_full(submission.tenant.id) {
            return Ok(());
        }
        let (tenant, key) = (submission.tenant, idempotency.key.clone());
        let known: bool = ask_on(&kept.connections, move |connection| {
            let key = key.clone();
            Box::pin(async move {
                let known = query_scalar(
                    "select exists (select from command_results
                                     where partition = $1 and tenant_id = $2
                                       and idempotency_key = $3)",
                )
                .bind(tenant.partition.number())
                .bind(tenant.id.0)
                .bind(key)
                .fetch_one(connection);
                Ok(known.await?)
            })
        })
        .await?;
        if known { Ok(()) } else { Err(StoreError::TooManyKeys) }
    }

    /// Looks which tenants have more than `most` answers kept under idempotency keys: until this is called
    /// again, they get no new keys. It looks only if some have become full, or many answers were kept since.
    /// The answer is how many tenants they are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; then all is as it was.
    pub async fn bound_answers(&self, most: u32) -> Result<usize, StoreError> {
        let kept = &self.inner.kept;
        let any_full = kept.any_full.load(Ordering::Relaxed);
        if !any_full && kept.since.load(Ordering::Relaxed) < LOOK_AFTER.min(u64::from(most)) {
            return Ok(0);
        }
        kept.since.store(0, Ordering::Relaxed);
        let full: Vec<Uuid> = ask_on(&kept.connections, move |connection| {
            Box::pin(async move {
                let full = query_scalar(
                    "select t.tenant_id
                       from tenants as t
                      where exists (select
                                      from command_results as r
                                     where r.partition = t.partition and r.tenant_id = t.tenant_id
                                     order by r.idempotency_key
                                    offset $1
                                     limit 1)
                      order by t.tenant_id",
                )
                .bind(i64::from(most))
                .fetch_all(connection);
                Ok(full.await?)
            })
        })
        .await?;
        let count = full.len();
        let full = full.into_iter().map(TenantId).collect();
        *kept.full.write().unwrap_or_else(PoisonError::into_inner) = full;
        kept.any_full.store(count > 0, Ordering::Relaxed);
        Ok(count)
    }

    /// Deletes the oldest records of reads of each tenant that has too many: a record counts for one, and so
    /// does each customer in it. Says how many records were deleted. The 1,000 latest stay.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL fails; what was deleted before stays deleted.
    pub async fn trim_reads(&self, most: u32) -> Result<u64, StoreError> {
        let mut connection = open(&as_role(&self.inner.database, Role::Writer)).await?;
        let tenants: Vec<(i16, Uuid)> = query_as(
            "select t.partition, t.tenant_id from tenants as t order by t.partition, t.tenant_id",
        )
        .fetch_all(&mut connection)
        .await?;
        let mut trimmed = 0_u64;
        for tenant in tenants {
            let of_tenant = reads::trim(&mut connection, tenant, i64::from(most)).await?;
            trimmed = trimmed.saturating_add(of_tenant);
        }
        connection.close().await?;
        Ok(trimmed)
    }
}
