//! The store as the service holds it: writers, readers, and the connections to the database.

use std::sync::Arc;

use domain::upcast::Upcasters;
use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OnceCell, mpsc};

use crate::api_keys;
use crate::connect::{Role, as_role, connect, open, require_durability};
use crate::connections::{Connections, Usage};
use crate::cursors::Cursors;
use crate::error::StoreError;
use crate::history::LastRead;
use crate::lanes::Lane;
use crate::memory::ReadMemory;
use crate::migrate::require_schema;
use crate::model::{Current, TenantRef};
use crate::options::Options;
use crate::partition::PARTITIONS;
use crate::projections::follow::{Followers, Wakeups, notify};
use crate::projections::registry::Projections;
use crate::queries;
use crate::read_pool::Question;
use crate::reads::{ReadBacklog, Reads};
use crate::replica::{Replica, ReplicaState};
use crate::writer::Writers;
use crate::writer::submission::{Answer, Pending, Submission};
use crate::written::CommitNotifier;

use super::coalescer::ReadCoalescer;
use super::head_rounds::HeadRounds;
use super::key_limits::KeyLimits;
use super::pools::{LookupFor, ReadPools};
use super::readiness::Readiness;

/// The answers that a purge deletes per transaction.
const PURGE_BATCH: i64 = 5_000;
/// The maximum of connections that check the limits of idempotency keys.
const KEY_LIMITS_MAX: usize = 1;
/// The maximum of connections for sessions of people.
const SESSIONS_MAX: usize = 2;

/// The log, the states and the keys. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
    /// Whether it serves exports of whole lists.
    pub(super) exporting: bool,
}

pub(super) struct Inner {
    pub(super) writers: Writers,
    pub(super) followers: Option<Followers>,
    pub(super) pools: ReadPools,
    pub(super) replica: Option<Replica>,
    pub(super) wakeups: Arc<Wakeups>,
    pub(super) reads: Reads,
    pub(super) backlog: ReadBacklog,
    pub(super) key_limits: KeyLimits,
    pub(super) sessions: Connections,
    pub(super) database: PgConnectOptions,
    pub(super) projections: Projections,
    pub(super) upcasters: Upcasters,
    pub(super) cursors: OnceCell<Cursors>,
    pub(super) coalescer: ReadCoalescer,
    pub(super) last_read: LastRead,
    pub(super) memory: Arc<ReadMemory>,
    pub(super) heads: HeadRounds,
    pub(super) readiness: Readiness,
}

impl Store {
    /// Opens a migrated database.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unfit`] if the server does not guarantee durability (`fsync`,
    /// `full_page_writes` or `synchronous_commit` is off) or lacks migrations;
    /// [`StoreError::Unavailable`] if it can't be reached.
    pub async fn open(options: &Options) -> Result<Self, StoreError> {
        let mut connection = connect(&options.database, Role::Writer).await?;
        require_durability(&mut connection).await?;
        require_schema(&mut connection).await?;
        connection.close().await?;
        let wakeups = Arc::new(Wakeups::default());
        let (others, written) = mpsc::channel(usize::from(PARTITIONS.unsigned_abs()));
        tokio::spawn(notify(as_role(&options.database, Role::Writer), written));
        let memory = Arc::new(ReadMemory::new(options.read_memory_bytes));
        let written = CommitNotifier::new(Arc::clone(&wakeups), others, Arc::clone(&memory));
        let writers = Writers::start(options, &written);
        let followers = (options.followers > 0).then(|| Followers::start(options, &wakeups));
        let (database, upcasters) = (options.database.clone(), options.upcasters.clone());
        let cursors = OnceCell::new();
        let reads = Reads::start(as_role(&options.database, Role::Writer));
        let backlog = ReadBacklog::start(as_role(&options.database, Role::Writer));
        let inner = Inner {
            writers,
            followers,
            pools: ReadPools::new(options),
            replica: options.replica.as_ref().map(|replica| Replica::start(replica, options)),
            wakeups,
            reads,
            backlog,
            key_limits: KeyLimits::new(Connections::new(
                as_role(&options.database, Role::Writer),
                KEY_LIMITS_MAX,
            )),
            sessions: Connections::new(as_role(&options.database, Role::Writer), SESSIONS_MAX),
            database,
            projections: options.projections.clone(),
            upcasters,
            cursors,
            coalescer: ReadCoalescer::default(),
            last_read: LastRead::new(options.last_read_bytes),
            memory,
            heads: HeadRounds::new(as_role(&options.database, Role::Projector)),
            readiness: Readiness::default(),
        };
        Ok(Self { inner: Arc::new(inner), exporting: false })
    }

    /// The same store for exports of whole lists. It uses a few connections of its own, so that
    /// exports do not delay other reads.
    #[must_use]
    pub fn for_exports(&self) -> Self {
        Self { exporting: true, ..self.clone() }
    }

    /// Decides commands and stores their events. Returns after the commit.
    ///
    /// If the caller stops waiting, it misses the answer; the commands still run to their end.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: it may be unknown whether anything was changed. Sent again
    /// under the same idempotency key, the commands happen at most once. All others: nothing was
    /// changed. A refusal by a rule is an answer, not an error.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, StoreError> {
        self.admit_key(&submission).await?;
        self.inner.writers.submit(submission)?.answer().await
    }

    /// Queues commands, and returns when there is room for them, before they are decided. For
    /// callers that have many commands in order. The commands keep their position, even if the
    /// caller stops waiting.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stopping`]: nothing was changed.
    pub async fn submit_patiently(&self, submission: Submission) -> Result<Pending, StoreError> {
        self.admit_key(&submission).await?;
        self.inner.writers.submit_patiently(submission).await
    }

    /// The number of commands that wait for their commit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.writers.waiting()
    }

    /// How many database connections of each kind are in use now.
    #[must_use]
    pub fn connections(&self) -> Vec<(&'static str, Usage)> {
        let writing = ("writing", self.inner.writers.connections());
        let replica = self.inner.replica.iter().flat_map(Replica::usage);
        std::iter::once(writing)
            .chain(self.inner.pools.usage())
            .chain(self.inner.heads.usage())
            .chain(replica)
            .collect()
    }

    /// Whether the replica serves reads, or why it is left out. Nothing if there is none.
    #[must_use]
    pub fn replica(&self) -> Option<ReplicaState> {
        self.inner.replica.as_ref().map(Replica::state)
    }

    /// The tenant's settings, if it exists.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn tenant(&self, tenant: TenantRef) -> Result<Option<Current>, StoreError> {
        self.ask(tenant, move |connection| Box::pin(queries::tenant(connection, tenant))).await
    }

    /// The stored API key with this id, if it exists. `asker` is the party that presents it;
    /// parties share the connections for lookups fairly.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if PostgreSQL can't be reached; [`StoreError::ShareUsed`] and
    /// [`StoreError::ReadersBusy`] if no connection was free in time.
    pub async fn api_key(
        &self,
        key_id: &str,
        asker: LookupFor,
    ) -> Result<Option<api_keys::StoredKey>, StoreError> {
        let key_id = key_id.to_owned();
        let keys = &self.inner.pools.keys;
        keys.ask(asker, move |connection| {
            let key_id = key_id.clone();
            Box::pin(async move { api_keys::find(connection, &key_id).await })
        })
        .await
    }

    /// Whether the service is ready for traffic: the writer and the reader can connect and call
    /// functions, the log can be appended to, and customers and their list can be read. An answer is reused for up to a second.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with what is wrong; [`StoreError::Unfit`] when it is a standby;
    /// [`StoreError::Stopping`] once the store is closed.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.inner.readiness.check(&self.inner.database).await
    }

    /// Deletes answers stored under idempotency keys for longer than `hours`, and returns their
    /// number.
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
            purged = deleted.saturating_add(purged);
            if deleted == 0 {
                connection.close().await?;
                return Ok(purged);
            }
        }
    }

    /// Stops: takes no more commands, answers the queued ones, and closes the connections.
    pub async fn close(&self) {
        self.inner.writers.stop().await;
        if let Some(followers) = &self.inner.followers {
            followers.stop().await;
        }
        self.inner.reads.stop().await;
        self.inner.backlog.stop().await;
        self.inner.pools.close();
        if let Some(replica) = &self.inner.replica {
            replica.close();
        }
        self.inner.heads.close();
        self.inner.readiness.close();
        self.inner.key_limits.close();
        self.inner.sessions.close();
    }

    /// How it reads events of older shapes.
    pub(crate) fn upcasters(&self) -> &Upcasters {
        &self.inner.upcasters
    }

    /// Runs a query for a tenant on the primary, on a connection for lists.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        tenant: TenantRef,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        self.ask_in(Lane::PRIMARY, tenant, question).await
    }

    /// Runs a query for a tenant in a lane. The answer has what was acknowledged before, whichever server
    /// gives it.
    pub(super) async fn ask_in<T: Send + 'static>(
        &self,
        lane: Lane,
        tenant: TenantRef,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        let Inner { pools, replica, .. } = &*self.inner;
        let lane = if self.exporting { lane.for_export() } else { lane };
        let question = Arc::new(question);
        if let Some(replica) = replica.as_ref().filter(|_| lane.may_use_replica())
            && let Some(answer) = replica.ask(lane, tenant, &question).await
        {
            return answer;
        }
        pools.lanes.of(lane).ask_shared(tenant.id, question).await
    }
}
