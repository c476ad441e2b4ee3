//! How a store is opened.

use std::time::Duration;

use domain::upcast::Upcasters;
use sqlx::postgres::PgConnectOptions;

use crate::model::AnswerKey;
use crate::projections::registry::Projections;

/// How long a statement of a worker that follows the log may take.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(10);

/// How writers are bounded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commands of one tenant that may wait. All tenants of a partition together may have four times as
    /// many.
    pub queue_max: usize,
    /// Commands per commit, at most.
    pub batch_max: usize,
    /// Connections that all writers share.
    pub connections_max: usize,
}

/// A replica that may answer reads.
#[derive(Clone, Debug)]
pub struct ReplicaOptions {
    /// The standby and the login, which must be a member of `dossier_reader`.
    pub database: PgConnectOptions,
    /// How long it may take to show what the primary shows. One that takes longer is left out.
    pub lag_max: Duration,
}

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database and the login. The login must be a member of `dossier_writer` and
    /// `dossier_reader`, and works with these roles.
    pub database: PgConnectOptions,
    /// A streaming standby that answers lists, histories and the feed, if there is one. It has as many
    /// connections for them as the primary.
    pub replica: Option<ReplicaOptions>,
    /// Connections for lists and histories, at most. One tenant has half of them.
    pub readers_max: u32,
    /// Connections for searches and other reads that may take long, at most. One tenant has half of them.
    pub searches_max: u32,
    /// How long such a read may take.
    pub search_timeout: Duration,
    /// Lowers the priority of a server process, given its id: those that search and export. Nothing if
    /// the server's processes are not this machine's.
    pub lower_priority: Option<fn(i32)>,
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
    /// How many bytes of memory customers that are read by id may take. With 0 none is kept.
    pub read_memory_bytes: usize,
    /// What authenticates the answers kept under idempotency keys; nothing where the service has no key.
    pub answer_key: Option<AnswerKey>,
    /// The projections of the program: those of this crate, and its own views.
    pub projections: Projections,
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
            replica: None,
            readers_max: 8,
            searches_max: 4,
            search_timeout: Duration::from_secs(5),
            lower_priority: None,
            writers,
            followers: 0,
            follow_timeout: FOLLOW_TIMEOUT,
            far_behind: 100_000,
            last_read_bytes: 64 << 20,
            read_memory_bytes: 64 << 20,
            answer_key: None,
            projections: Projections::default(),
            upcasters: Upcasters::default(),
        }
    }
}
