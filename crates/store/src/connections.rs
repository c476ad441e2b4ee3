//! A few connections shared by the tasks of one role.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, query_scalar};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::connect::open;
use crate::error::{StoreError, timed_out};

/// How long a statement may take that stores nothing. It is longer than the server's statement
/// timeout, so it only applies when the network lost the answer.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);

/// The result of `work`, or a timeout. Otherwise a writer could block its whole partition forever.
pub(crate) async fn in_time<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match tokio::time::timeout(STATEMENT_TIMEOUT, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(timed_out().into()),
    }
}

/// Connections of one role. Each is used for one thing at a time.
///
/// Simpler and faster than a pool. A connection on which anything failed, or that was dropped in
/// use, is closed. So there is no abandoned transaction to look for, and no check before or after
/// use.
#[derive(Debug)]
pub(crate) struct Connections {
    options: PgConnectOptions,
    /// Called with the server process of each new connection.
    opened: Option<fn(i32)>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<PgConnection>>,
    max: usize,
    waiting: AtomicUsize,
}

/// How many connections of a kind are in use.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Connections that are used.
    pub used: usize,
    /// Open connections that nobody uses.
    pub idle: usize,
    /// The maximum of open connections.
    pub max: usize,
    /// Those that wait for one.
    pub waiting: usize,
}

/// Counts as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection in use. Closed when dropped; [`Connections::give_back`] keeps it.
pub(crate) struct PooledConnection {
    connection: PgConnection,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// Up to `max` connections, made when they are needed.
    pub(crate) fn new(options: PgConnectOptions, max: usize) -> Self {
        let (permits, waiting) = (Arc::new(Semaphore::new(max)), AtomicUsize::new(0));
        Self { options, opened: None, permits, idle: Mutex::default(), max, waiting }
    }

    /// Calls `opened` with the id of the server process of each new connection.
    pub(crate) fn on_open(self, opened: Option<fn(i32)>) -> Self {
        Self { opened, ..self }
    }

    /// How many are in use now.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            used: self.max.saturating_sub(self.permits.available_permits()),
            idle: self.idle.lock().unwrap_or_else(PoisonError::into_inner).len(),
            max: self.max,
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// A connection, as soon as one is free.
    pub(crate) async fn take(&self) -> sqlx::Result<PooledConnection> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Err(TryAcquireError::NoPermits) => {
                let _waiting = Waiting::among(&self.waiting);
                Arc::clone(&self.permits).acquire_owned().await.ok()
            }
            permit => permit.ok(),
        };
        let permit = permit.ok_or(sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open().await?,
        };
        Ok(PooledConnection { connection, _permit: permit })
    }

    async fn open(&self) -> sqlx::Result<PgConnection> {
        let mut connection = open(&self.options).await?;
        if let Some(opened) = self.opened {
            let process =
                query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await?;
            opened(process);
        }
        Ok(connection)
    }

    /// Drops the idle connections: their server has gone.
    pub(crate) fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Closes: gives no more connections. Those in use are closed after use.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.forget_idle();
    }

    /// Keeps a connection for the next use. Nothing may have failed on it.
    pub(crate) fn give_back(&self, connection: PooledConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection.connection);
    }
}

impl Deref for PooledConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
