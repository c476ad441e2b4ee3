//! The few connections that tasks of one role share.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connect::open;
use crate::error::{StoreError, timed_out};

/// How long a statement may take that stores nothing. Longer than the server's own statement
/// timeout, so it only ends what the network swallowed.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);

/// The end of `work`, or its failure when that doesn't come: a writer that waited for it for ever
/// would keep its whole partition waiting.
pub(crate) async fn in_time<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<T, StoreError>
where
    StoreError: From<E>,
{
    match tokio::time::timeout(STATEMENT_TIMEOUT, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(timed_out().into()),
    }
}

/// Connections that work as one role, used for one thing at a time each.
///
/// Less than a pool, and quicker: a connection on which anything failed, or whose user was dropped
/// half way, is not given back but closed. So there is no abandoned transaction to look for, and
/// nothing is asked of a connection before or after it is used.
#[derive(Debug)]
pub(crate) struct Connections {
    options: PgConnectOptions,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<PgConnection>>,
}

/// A connection in use. Closed when dropped; [`Connections::give_back`] keeps it.
pub(crate) struct Lane {
    connection: PgConnection,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// Up to `max` connections, made when they are needed.
    pub(crate) fn new(options: PgConnectOptions, max: usize) -> Self {
        Self { options, permits: Arc::new(Semaphore::new(max)), idle: Mutex::default() }
    }

    /// A connection, when one is free.
    pub(crate) async fn take(&self) -> sqlx::Result<Lane> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.options).await?,
        };
        Ok(Lane { connection, _permit: permit })
    }

    /// Forgets the idle connections: the server they led to has gone.
    pub(crate) fn forget_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Gives no more connections. Those in use end with what they are used for.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.forget_idle();
    }

    /// Keeps the connection of `lane`, on which all went well, for the next batch.
    pub(crate) fn give_back(&self, lane: Lane) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(lane.connection);
    }
}

impl Deref for Lane {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lane {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
