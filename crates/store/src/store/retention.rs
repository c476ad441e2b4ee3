//! Limits on stored data outside the log: answers under idempotency keys, and records of reads.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use domain::TenantId;
use sqlx::{Connection as _, query_as, query_scalar};
use uuid::Uuid;

use super::handle::Store;
use crate::connect::{Role, as_role, open};
use crate::error::StoreError;
use crate::read_pool::ask_on;
use crate::reads;
use crate::writer::submission::Submission;

/// Answers that this instance stores before it checks again which tenants have too many.
const LOOK_AFTER: u64 = 10_000;

impl Store {
    /// Refuses a new idempotency key of a tenant that has too many stored answers. A known key
    /// still gets its answer.
    pub(super) async fn admit_key(&self, submission: &Submission) -> Result<(), StoreError> {
        let Some(idempotency) = &submission.idempotency else { return Ok(()) };
        let key_limits = &self.inner.key_limits;
        key_limits.since.fetch_add(1, Ordering::Relaxed);
        if !key_limits.is_full(submission.tenant.id) {
            return Ok(());
        }
        let (tenant, key) = (submission.tenant, idempotency.key.clone());
        let known: bool = ask_on(&key_limits.connections, move |connection| {
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

    /// Checks which tenants have more than `most` stored answers. They get no new keys until the
    /// next check. Only checks if some tenants are at the limit, or many answers were stored since.
    /// Returns the number of these tenants.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if PostgreSQL can't be reached; then nothing changes.
    pub async fn bound_answers(&self, most: u32) -> Result<usize, StoreError> {
        let key_limits = &self.inner.key_limits;
        let any_full = key_limits.any_full.load(Ordering::Relaxed);
        if !any_full && key_limits.since.load(Ordering::Relaxed) < LOOK_AFTER.min(u64::from(most)) {
            return Ok(0);
        }
        key_limits.since.store(0, Ordering::Relaxed);
        let full: Vec<Uuid> = ask_on(&key_limits.connections, move |connection| {
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
        *key_limits.full.write().unwrap_or_else(PoisonError::into_inner) = full;
        key_limits.any_full.store(count > 0, Ordering::Relaxed);
        Ok(count)
    }

    /// Deletes the oldest records of reads of each tenant that has too many. A record counts as one
    /// plus one for each of its customers. Keeps the latest 1,000. Returns the number of deleted
    /// records.
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
