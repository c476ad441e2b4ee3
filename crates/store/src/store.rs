//! The store as the service holds it: writers, readers, and what is asked of them.

mod audit;
mod current;
mod history;
mod kept;
mod lanes;
mod operators;
mod proofs;
mod readiness;
mod search;
mod views;

use std::sync::Arc;
use std::time::Duration;

use domain::upcast::Upcasters;
use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OnceCell, mpsc};

use crate::answers::AnswerKey;
use crate::api_keys;
use crate::connect::{Role, as_role, connect, open, require_durability};
use crate::connections::Connections;
use crate::cursors::Cursors;
use crate::error::StoreError;
use crate::history::LastRead;
use crate::migrate::require_schema;
use crate::partition::PARTITIONS;
use crate::projections::follow::{Followers, Wakeups, notify};
use crate::queries::{self, Current};
use crate::read_lane::Question;
use crate::reads::{Behind, Reads};
use crate::writer::submission::{Answer, Pending, Submission, TenantRef};
use crate::writer::{Limits, Writers};
use crate::written::Written;

pub use self::audit::News;
use self::current::Together;
use self::kept::Kept;
use self::lanes::Lanes;
pub use self::lanes::LookupFor;
use self::readiness::Readiness;

/// How long a statement of a worker that follows the log may take.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(10);
/// How many answers one purge deletes per transaction.
const PURGE_BATCH: i64 = 5_000;
/// Connections that look into what is kept under idempotency keys, at most.
const KEPT_MAX: usize = 1;
/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database, and as whom to log in. The login must be a member of `dossier_writer` and
    /// `dossier_reader`; it works as those.
    pub database: PgConnectOptions,
    /// Connections for lists and histories, at most. One tenant has half of them.
    pub readers_max: u32,
    /// Connections for searches and other reads that may take long, at most. One tenant has half of them.
    pub searches_max: u32,
    /// How long such a read may take.
    pub search_timeout: Duration,
    /// How writers are bounded.
    pub writers: Limits,
    /// How many workers follow the log to keep projections up to date, each with a connection of its
    /// own. With 0, only other services do.
    pub followers: usize,
    /// How long a statement of those workers may take. A batch with one that takes longer is tried again
    /// with fewer events.
    pub follow_timeout: Duration,
    /// A projection that has less than half of the log, and is more than this many events behind it,
    /// is loaded anew rather than followed, which is sooner done.
    pub far_behind: i64,
    /// How many bytes of memory the newest events of customers whose history was read last may take.
    pub last_read_bytes: usize,
    /// What authenticates the answers kept under idempotency keys; nothing where the service has no key.
    pub answer_key: Option<AnswerKey>,
    /// How events of older shapes are read. The default, but for a test with versions of its own.
    pub upcasters: Upcasters,
}

impl Options {
    /// A modest service's connections and limits, and no followers.
    #[must_use]
    pub fn new(database: PgConnectOptions) -> Self {
        let writers = Limits { queue_max: 1_024, batch_max: 256, connections_max: 3 };
        Self {
            database,
            readers_max: 8,
            searches_max: 4,
            search_timeout: Duration::from_secs(5),
            writers,
            followers: 0,
            follow_timeout: FOLLOW_TIMEOUT,
            far_behind: 100_000,
            last_read_bytes: 64 << 20,
            answer_key: None,
            upcasters: Upcasters::default(),
        }
    }
}

/// The log, the states and the keys. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// Whether it reads for those who take whole lists.
    exporting: bool,
}

struct Inner {
    writers: Writers,
    followers: Option<Followers>,
    lanes: Lanes,
    wakeups: Arc<Wakeups>,
    reads: Reads,
    behind: Behind,
    kept: Kept,
    database: PgConnectOptions,
    upcasters: Upcasters,
    cursors: OnceCell<Cursors>,
    together: Together,
    last_read: LastRead,
    readiness: Readiness,
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
        let wakeups = Arc::new(Wakeups::default());
        let (others, written) = mpsc::channel(usize::from(PARTITIONS.unsigned_abs()));
        tokio::spawn(notify(as_role(&options.database, Role::Writer), written));
        let written = Written::new(Arc::clone(&wakeups), others);
        let writers = Writers::start(options, &written);
        let followers = (options.followers > 0).then(|| {
            let Options { database, upcasters, followers, follow_timeout, .. } = options;
            Followers::start(database, upcasters, &wakeups, *followers, *follow_timeout)
        });
        let (database, upcasters) = (options.database.clone(), options.upcasters.clone());
        let cursors = OnceCell::new();
        let reads = Reads::start(as_role(&options.database, Role::Writer));
        let behind = Behind::start(as_role(&options.database, Role::Writer));
        let inner = Inner {
            writers,
            followers,
            lanes: Lanes::new(options),
            wakeups,
            reads,
            behind,
            kept: Kept::new(Connections::new(as_role(&options.database, Role::Writer), KEPT_MAX)),
            database,
            upcasters,
            cursors,
            together: Together::default(),
            last_read: LastRead::new(options.last_read_bytes),
            readiness: Readiness::default(),
        };
        Ok(Self { inner: Arc::new(inner), exporting: false })
    }

    /// The same store, for those who read whole lists: over a few connections of their own, so that they
    /// keep each other waiting and nobody else.
    #[must_use]
    pub fn for_exports(&self) -> Self {
        Self { exporting: true, ..self.clone() }
    }

    /// Has commands decided and their events stored; answers after the commit.
    ///
    /// A caller who stops waiting misses the answer; the commands run to their end all the same.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::PartitionBusy`], [`StoreError::TooManyKeys`] and
    /// [`StoreError::Stopping`]: nothing was changed.
    /// [`StoreError::Unavailable`]: it may be unknown whether anything was changed; sent again under
    /// the same idempotency key the commands happen at most once. Others: nothing was changed.
    /// A refusal by a rule isn't an error but an answer.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, StoreError> {
        self.admit_key(&submission).await?;
        self.inner.writers.submit(submission)?.answer().await
    }

    /// Queues commands, and returns when there is room for them, before they are decided: for callers who
    /// have many, in order. They keep their place whether or not this is waited for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stopping`]: nothing was changed.
    pub async fn submit_patiently(&self, submission: Submission) -> Result<Pending, StoreError> {
        self.admit_key(&submission).await?;
        self.inner.writers.submit_patiently(submission).await
    }

    /// How many commands wait for their commit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.writers.waiting()
    }

    /// The tenant's own settings, if there is such a tenant.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn tenant(&self, tenant: TenantRef) -> Result<Option<Current>, StoreError> {
        self.ask(tenant, move |connection| Box::pin(queries::tenant(connection, tenant))).await
    }

    /// The stored key called `key_id`, if there is one. `asker` says for whom it is looked up; askers share
    /// the connections for this fairly.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::ShareUsed`] and
    /// [`StoreError::ReadersBusy`] when no connection was free in time.
    pub async fn api_key(
        &self,
        key_id: &str,
        asker: LookupFor,
    ) -> Result<Option<api_keys::StoredKey>, StoreError> {
        let key_id = key_id.to_owned();
        let keys = &self.inner.lanes.keys;
        keys.ask(asker, move |connection| {
            let key_id = key_id.clone();
            Box::pin(async move { api_keys::find(connection, &key_id).await })
        })
        .await
    }

    /// Whether requests can be served: new connections of the writer and the reader are made, both
    /// can call functions, and the log can move on. An answer is given again for up to a second.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with what is wrong; [`StoreError::Unfit`] when it is a standby;
    /// [`StoreError::Stopping`] once the store is closed.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.inner.readiness.check(&self.inner.database).await
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
            purged = deleted.saturating_add(purged);
            if deleted == 0 {
                connection.close().await?;
                return Ok(purged);
            }
        }
    }

    /// Takes no more commands, answers those that were queued, and closes the connections.
    pub async fn close(&self) {
        self.inner.writers.stop().await;
        if let Some(followers) = &self.inner.followers {
            followers.stop().await;
        }
        self.inner.reads.stop().await;
        self.inner.behind.stop().await;
        self.inner.lanes.close();
        self.inner.readiness.close();
        self.inner.kept.close();
    }

    /// Asks for a tenant on a reader's connection.
    async fn ask<T: Send + 'static>(
        &self,
        tenant: TenantRef,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        self.ask_as(false, tenant, question).await
    }

    /// The same; a costly question goes to one of the few connections for those.
    async fn ask_as<T: Send + 'static>(
        &self,
        costly: bool,
        tenant: TenantRef,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        let Lanes { readers, searches, exports, .. } = &self.inner.lanes;
        let lane = match (self.exporting, costly) {
            (true, _) => exports,
            (false, true) => searches,
            (false, false) => readers,
        };
        lane.ask(tenant.id, question).await
    }
}
