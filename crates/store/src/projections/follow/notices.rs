//! Notifications of commits between the services of a database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{PgConnection, PgPool, query};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::connect::open;
use crate::error::StoreError;
use crate::partition::Partition;
use crate::projections::follow::wakeups::Wakeups;

/// The channel.
const CHANNEL: &str = "dossier_written";
/// The pause between two notifications. The first write after a pause is reported at once, and
/// those of a busy moment together. One notification per commit would cost every commit of the
/// server a lock.
const APART: Duration = Duration::from_millis(20);
/// The pause before reconnecting.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the connection may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// Wakes the workers for every partition that any service has written to, until the service stops.
pub(super) async fn listen(
    options: PgConnectOptions,
    wakeups: Arc<Wakeups>,
    mut stopping: watch::Receiver<bool>,
) {
    // The listener is dropped first, and gives its connection back in the background. The pool is closed when it has:
    // otherwise the connection may be used after the private PostgreSQL has ended, which logs a warning.
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let listening = async {
        loop {
            if let Err(error) = receive(&pool, &wakeups).await {
                let error: &dyn std::error::Error = &error;
                tracing::debug!(error, "not listening");
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = listening => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    // A database that doesn't answer must not hold up the stop.
    let _ = timeout(CLOSING, pool.close()).await;
}

async fn receive(pool: &PgPool, wakeups: &Wakeups) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notice = listener.recv().await?;
        let numbers = notice.payload().split(',').filter_map(|number| number.parse().ok());
        for partition in numbers.filter_map(Partition::new) {
            wakeups.wake(partition);
        }
    }
}

/// Notifies the other services of written partitions. Ends when the channel closes.
pub(crate) async fn notify(options: PgConnectOptions, mut written: mpsc::Receiver<Partition>) {
    let mut connection = None;
    while let Some(first) = written.recv().await {
        let mut partitions = BTreeSet::from([first]);
        while let Ok(next) = written.try_recv() {
            partitions.insert(next);
        }
        // A lost notification only costs time: the others also poll.
        if send(&options, &mut connection, &partitions).await.is_err() {
            connection = None;
        }
        tokio::time::sleep(APART).await;
    }
}

async fn send(
    options: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
    partitions: &BTreeSet<Partition>,
) -> Result<(), StoreError> {
    let numbers: Vec<_> = partitions.iter().map(ToString::to_string).collect();
    let connected = match connection {
        Some(connection) => connection,
        None => connection.insert(open(options).await?),
    };
    query("select pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(numbers.join(","))
        .execute(connected)
        .await?;
    Ok(())
}
