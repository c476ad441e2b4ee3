//! A few connections shared by the tasks of one role.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<PgConnection>>,
}

/// A connection in use. Closed when dropped; [`Connections::give_back`] keeps it.
pub(crate) struct PooledConnection {
    connection: PgConnection,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// Up to `max` connections, made when they are needed.
    pub(crate) fn new(options: PgConnectOptions, max: usize) -> Self {
        Self { options, permits: Arc::new(Semaphore::new(max)), idle: Mutex::default() }
    }

    /// A connection, as soon as one is free.
    pub(crate) async fn take(&self) -> sqlx::Result<PooledConnection> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.options).await?,
        };
        Ok(PooledConnection { connection, _permit: permit })
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
