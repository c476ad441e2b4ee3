//! The store as the service holds it: writers, readers, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::CustomerId;
use domain::customer::Customer;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, query_scalar};

use crate::connect::{Role, as_role, connect, open, require_durability};
use crate::error::StoreError;
use crate::migrate::require_schema;
use crate::queries::{self, Current, Reference};
use crate::writer::submission::{Answer, Pending, Submission, TenantRef};
use crate::writer::{Limits, Writers};
use crate::{api_keys, log};

/// A pooled connection that was idle for longer is tried before it is used.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);
/// How many answers one purge deletes per transaction.
const PURGE_BATCH: i64 = 5_000;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database, and as whom to log in. The login must be a member of `dossier_writer` and
    /// `dossier_reader`; it works as those.
    pub database: PgConnectOptions,
    /// Connections for reading, at most.
    pub readers_max: u32,
    /// How writers are bounded.
    pub writers: Limits,
}

/// The log, the states and the keys. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writers: Writers,
    readers: PgPool,
    database: PgConnectOptions,
}

impl Store {
    /// Opens a migrated database.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] when the server could forget what it acknowledged (`fsync`,
    /// `full_page_writes` or `synchronous_commit` is off) or lacks migrations;
    /// [`StoreError::Unavailable`] when it can't be reached.
    pub async fn open(options: &Options) -> Result<Self, StoreError> {
        let mut connection = connect(&options.database, Role::Writer).await?;
        require_durability(&mut connection).await?;
        require_schema(&mut connection).await?;
        connection.close().await?;
        let readers = PgPoolOptions::new()
            .max_connections(options.readers_max)
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > IDLE_UNTESTED {
                        connection.execute("select 1").await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(as_role(&options.database, Role::Reader));
        let writers = Writers::start(&options.database, options.writers);
        let inner = Inner { writers, readers, database: options.database.clone() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Has commands decided and their events stored; answers after the commit.
    ///
    /// A caller who stops waiting misses the answer; the commands run to their end all the same.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] and [`StoreError::Stopping`]: nothing was changed.
    /// [`StoreError::Unavailable`]: it may be unknown whether anything was changed; sent again under
    /// the same idempotency key the commands happen at most once. Others: nothing was changed.
    /// A refusal by a rule isn't an error but an answer.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, StoreError> {
        self.inner.writers.submit(submission)?.answer().await
    }

    /// Queues commands as soon as there is room, and returns before they are decided: for callers
    /// who have many, in order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stopping`]: nothing was changed.
    pub async fn submit_patiently(&self, submission: Submission) -> Result<Pending, StoreError> {
        self.inner.writers.submit_patiently(submission).await
    }

    /// How many commands wait for their commit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.writers.waiting()
    }

    /// The customer that `reference` names, as it is now, if the tenant has one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn customer(
        &self,
        tenant: TenantRef,
        reference: &Reference,
    ) -> Result<Option<Current>, StoreError> {
        queries::customer(&self.inner.readers, tenant, reference).await
    }

    /// The tenant's own settings, if there is such a tenant.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn tenant(&self, tenant: TenantRef) -> Result<Option<Current>, StoreError> {
        queries::tenant(&self.inner.readers, tenant).await
    }

    /// The states of a customer at `versions`; one that it hasn't come to is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when
    /// an event isn't understood.
    pub async fn past(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
        versions: impl IntoIterator<Item = u64> + Send,
    ) -> Result<BTreeMap<u64, Customer>, StoreError> {
        let versions: Vec<u64> = versions.into_iter().collect();
        let readers = self.inner.readers.clone();
        // In a task of its own: a transaction whose future is dropped half way stays open on the
        // pooled connection, for the next borrower to find.
        let read = tokio::spawn(async move {
            let mut transaction = queries::as_tenant(&readers, tenant.id).await?;
            let mut past = BTreeMap::new();
            for version in versions {
                let Ok(wanted) = i64::try_from(version) else { continue };
                let TenantRef { id, partition } = tenant;
                let state = log::past(&mut transaction, partition, id, customer, wanted).await?;
                past.extend(state.map(|state| (version, state)));
            }
            transaction.rollback().await?;
            Ok(past)
        });
        read.await.map_err(|_| StoreError::Stopping)?
    }

    /// The stored key called `key_id`, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn api_key(&self, key_id: &str) -> Result<Option<api_keys::StoredKey>, StoreError> {
        api_keys::find(&self.inner.readers, key_id).await
    }

    /// Whether PostgreSQL answers and would accept a write.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when it doesn't; [`StoreError::Unfit`] when it is a standby.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let standby: bool =
            query_scalar("select pg_is_in_recovery()").fetch_one(&self.inner.readers).await?;
        if standby {
            return Err(StoreError::Unfit(
                "PostgreSQL is a standby and takes no writes".to_owned(),
            ));
        }
        Ok(())
    }

    /// Deletes the answers kept under idempotency keys for longer than `hours`, and says how many.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL fails; what was deleted before stays deleted.
    pub async fn purge_answers(&self, hours: u32) -> Result<u64, StoreError> {
        let mut connection = open(&as_role(&self.inner.database, Role::Writer)).await?;
        let mut purged = 0;
        loop {
            let mut transaction = connection.begin().await?;
            let deleted = sqlx::query(
                "delete from command_results
                  where ctid = any (array(select ctid from command_results
                                           where created_at < now() - make_interval(hours => $1)
                                           limit $2))",
            )
            .bind(i32::try_from(hours).unwrap_or(i32::MAX))
            .bind(PURGE_BATCH)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            transaction.commit().await?;
            purged += deleted;
            if deleted == 0 {
                connection.close().await?;
                return Ok(purged);
            }
        }
    }

    /// Takes no more commands, answers those that were queued, and closes the connections.
    pub async fn close(&self) {
        self.inner.writers.stop().await;
        self.inner.readers.close().await;
    }
}
