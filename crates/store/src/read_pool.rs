//! Connections for one kind of read, shared fairly.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::connections::{Connections, Usage};
use crate::error::{StoreError, broken_off, timed_out};
use crate::fair::{Denied, FairPermits, Permit};

/// How long a read may take once it has a connection.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a read waits for a connection.
pub(crate) const WAIT: Duration = Duration::from_secs(5);
/// How long a page of an export waits for a connection. A failure would lose what was already sent.
pub(crate) const EXPORT_WAIT: Duration = Duration::from_mins(1);
/// The time between PostgreSQL's statement timeout and our own.
const MARGIN: Duration = Duration::from_secs(1);

/// A query that can be run more than once.
pub(crate) trait Question<T>:
    for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + Sync + 'static
{
}

impl<T, F> Question<T> for F where
    F: for<'c> Fn(&'c mut PgConnection) -> BoxFuture<'c, Result<T, StoreError>>
        + Send
        + Sync
        + 'static
{
}

/// A few connections, with fair permits.
pub(crate) struct ReadPool<K: Eq + Hash + Clone> {
    connections: Arc<Connections>,
    permits: FairPermits<K>,
    wait: Duration,
    how: How,
}

/// How a query is run.
#[derive(Clone, Copy, Debug)]
struct How {
    limit: Limit,
    /// Whether a query whose connection was lost is repeated on a new one.
    repeats: bool,
}

/// How long a read may take.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// [`READ_TIMEOUT`]. After it, the database counts as unavailable.
    Usual,
    /// This long. After it, the reader asks for too much.
    Costly(Duration),
}

impl<K: Eq + Hash + Clone + Send + 'static> ReadPool<K> {
    /// Up to `max` connections, made when they are needed.
    pub(crate) fn new(options: PgConnectOptions, max: usize) -> Self {
        Self::with(Connections::new(options, max.max(1)), max)
    }

    /// The same, whose server processes are given to `opened`.
    pub(crate) fn opening(options: PgConnectOptions, max: usize, opened: Option<fn(i32)>) -> Self {
        Self::with(Connections::new(options, max.max(1)).on_open(opened), max)
    }

    fn with(connections: Connections, max: usize) -> Self {
        let connections = Arc::new(connections);
        let how = How { limit: Limit::Usual, repeats: true };
        Self { connections, permits: FairPermits::new(max), wait: WAIT, how }
    }

    /// Sets how long a read waits for a connection.
    pub(crate) fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Connections for costly reads: PostgreSQL ends their statements after `limit`.
    pub(crate) fn costly(
        options: &PgConnectOptions,
        max: usize,
        limit: Duration,
        opened: Option<fn(i32)>,
    ) -> Self {
        let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
        let options = options.clone().options([
            ("statement_timeout", milliseconds(limit)),
            // Waiting for a lock does not make the read costly.
            ("lock_timeout", milliseconds(limit.checked_div(2).unwrap_or(limit))),
            // Ends the statement when its connection is given up.
            ("client_connection_check_interval", "1s".to_owned()),
        ]);
        let how = How { limit: Limit::Costly(limit), repeats: true };
        Self { how, ..Self::opening(options, max, opened) }
    }

    /// Does not repeat a query whose connection was lost.
    pub(crate) fn asking_once(self) -> Self {
        Self { how: How { repeats: false, ..self.how }, ..self }
    }

    /// A permit for `party`.
    ///
    /// # Errors
    ///
    /// [`StoreError::ShareUsed`] or [`StoreError::ReadersBusy`] when no connection was free in time.
    pub(crate) async fn enter(&self, party: K) -> Result<Permit<K>, StoreError> {
        self.permits.acquire(party, self.wait).await.map_err(|denied| match denied {
            Denied::ShareUsed => StoreError::ShareUsed,
            Denied::NoneFree => StoreError::ReadersBusy,
            Denied::Closed => StoreError::Stopping,
        })
    }

    /// Runs a query for `party`, when a connection is free.
    ///
    /// If a reader gives up, its connection is free only after PostgreSQL has ended the statement.
    /// So readers that come and go can't have more statements running than others.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        party: K,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        self.ask_shared(party, Arc::new(question)).await
    }

    /// The same for a query that may be asked of another server, too.
    pub(crate) async fn ask_shared<T: Send + 'static>(
        &self,
        party: K,
        question: Arc<impl Question<T>>,
    ) -> Result<T, StoreError> {
        let permit = self.enter(party).await?;
        let (connections, how) = (Arc::clone(&self.connections), self.how);
        let asked = async move { ask(&connections, how, permit, &*question).await };
        let asked = tokio::spawn(asked.in_current_span()).await;
        asked.unwrap_or_else(|_| Err(broken_off("a read ended in a panic").into()))
    }

    /// Runs a query with a permit of this pool. For tasks that continue when a reader gives up.
    pub(crate) async fn ask_with<T>(
        &self,
        permit: Permit<K>,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        ask(&self.connections, self.how, permit, &question).await
    }

    /// How many connections are in use now, and how many reads wait.
    pub(crate) fn usage(&self) -> Usage {
        let usage = self.connections.usage();
        Usage { waiting: usage.waiting.saturating_add(self.permits.waiting()), ..usage }
    }

    /// Takes no more reads.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.connections.close();
    }
}

/// Runs a query on one of `connections`, without a permit.
pub(crate) async fn ask_on<T>(
    connections: &Connections,
    question: impl Question<T>,
) -> Result<T, StoreError> {
    ask(connections, How { limit: Limit::Usual, repeats: true }, (), &question).await
}

/// Runs a query on one of `connections`, and on a new one if that was closed while idle. `_permit`
/// is held until PostgreSQL has answered.
async fn ask<T, P>(
    connections: &Connections,
    How { limit, repeats }: How,
    _permit: P,
    question: &impl Question<T>,
) -> Result<T, StoreError> {
    let within = match limit {
        Limit::Usual => READ_TIMEOUT,
        Limit::Costly(limit) => limit.saturating_add(MARGIN),
    };
    let mut again = repeats;
    loop {
        let asked = async {
            let mut connection = connections.take().await?;
            let answer = question(&mut connection).await?;
            connections.give_back(connection);
            Ok(answer)
        };
        let answered = match (timeout(within, asked).await, limit) {
            (Ok(answered), Limit::Usual) => answered,
            (Ok(answered), Limit::Costly(limit)) => {
                answered.map_err(|error: StoreError| error.of_costly(limit))
            }
            (Err(_), Limit::Usual) => return Err(timed_out().into()),
            (Err(_), Limit::Costly(limit)) => return Err(StoreError::TooCostly { limit }),
        };
        match answered {
            Err(error) if error.may_work_on_another_connection() => {
                connections.forget_idle();
                if !again {
                    return Err(error);
                }
            }
            answered => return answered,
        }
        again = false;
    }
}
