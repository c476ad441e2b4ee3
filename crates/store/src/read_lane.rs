//! Connections for one kind of read, which the parties that read share fairly.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::connections::Connections;
use crate::error::{StoreError, broken_off, timed_out};
use crate::fair::{Denied, FairPermits, Permit};

/// How long a read may take once it has a connection.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a read waits for a connection.
pub(crate) const WAIT: Duration = Duration::from_secs(5);
/// How long a page of an export waits for one: nobody waits for it in turn, and what was sent would be lost.
pub(crate) const EXPORT_WAIT: Duration = Duration::from_mins(1);
/// By how much a statement's end in PostgreSQL comes before we stop waiting for it.
const MARGIN: Duration = Duration::from_secs(1);

/// A question to the database that can be asked more than once.
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

/// A few connections, and who may use how many of them.
pub(crate) struct ReadLane<K: Eq + Hash + Clone> {
    connections: Arc<Connections>,
    permits: FairPermits<K>,
    wait: Duration,
    limit: Limit,
}

/// How long a read may take.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// [`READ_TIMEOUT`]; longer, and the database is taken to be away.
    Usual,
    /// So long; longer, and the reader asks for too much.
    Costly(Duration),
}

impl<K: Eq + Hash + Clone + Send + 'static> ReadLane<K> {
    /// Up to `max` connections, made when they are needed.
    pub(crate) fn new(options: PgConnectOptions, max: usize) -> Self {
        let connections = Arc::new(Connections::new(options, max.max(1)));
        Self { connections, permits: FairPermits::new(max), wait: WAIT, limit: Limit::Usual }
    }

    /// The same, with reads that wait this long for a connection.
    pub(crate) fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Connections for reads that may ask for too much: PostgreSQL ends their statements after `limit`.
    pub(crate) fn costly(options: &PgConnectOptions, max: usize, limit: Duration) -> Self {
        let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
        let options = options.clone().options([
            ("statement_timeout", milliseconds(limit)),
            // A lock that another holds says nothing about the read.
            ("lock_timeout", milliseconds(limit.checked_div(2).unwrap_or(limit))),
            // So that nothing runs on for a connection that was given up.
            ("client_connection_check_interval", "1s".to_owned()),
        ]);
        Self { limit: Limit::Costly(limit), ..Self::new(options, max) }
    }

    /// A permit to ask for `party`.
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

    /// Asks for `party`, when a connection is free.
    ///
    /// A reader that gives up frees its connection only once PostgreSQL has ended the statement: readers
    /// that come and go can't have more statements under way than those that stay.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        party: K,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        let permit = self.enter(party).await?;
        let (connections, limit) = (Arc::clone(&self.connections), self.limit);
        let asked = async move { ask(&connections, limit, permit, &question).await };
        let asked = tokio::spawn(asked.in_current_span()).await;
        asked.unwrap_or_else(|_| Err(broken_off("a read ended in a panic").into()))
    }

    /// Asks with a permit of this lane. For tasks that go on when a reader gives up.
    pub(crate) async fn ask_with<T>(
        &self,
        permit: Permit<K>,
        question: impl Question<T>,
    ) -> Result<T, StoreError> {
        ask(&self.connections, self.limit, permit, &question).await
    }

    /// Takes no more reads.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.connections.close();
    }
}

/// Asks on one of `connections`, without turns.
pub(crate) async fn ask_on<T>(
    connections: &Connections,
    question: impl Question<T>,
) -> Result<T, StoreError> {
    ask(connections, Limit::Usual, (), &question).await
}

/// Asks on one of `connections`, and on a new one if that has gone since it was last used.
/// `_permit` is held until PostgreSQL has answered.
async fn ask<T, P>(
    connections: &Connections,
    limit: Limit,
    _permit: P,
    question: &impl Question<T>,
) -> Result<T, StoreError> {
    let within = match limit {
        Limit::Usual => READ_TIMEOUT,
        Limit::Costly(limit) => limit.saturating_add(MARGIN),
    };
    let mut again = true;
    loop {
        let asked = async {
            let mut lane = connections.take().await?;
            let answer = question(&mut lane).await?;
            connections.give_back(lane);
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
            Err(error) if again && error.may_work_on_another_connection() => {
                connections.forget_idle();
            }
            answered => return answered,
        }
        again = false;
    }
}
