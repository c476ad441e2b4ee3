//! The accept loop: limits on connections, heads and time, and a stop that loses no answer.

mod chunks;
mod connection;
mod gate;
mod head;
mod limits;
mod requests;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

pub use self::limits::Limits;

/// How long the loop pauses when the machine has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `app` over HTTP/1.1 on `listener` until `shutdown` resolves and the last request is done.
///
/// Handlers find the peer's address in the request's extensions, as
/// [`axum::extract::ConnectInfo<SocketAddr>`]. Requests whose framing is ambiguous or beyond the
/// limits are answered with problem+json here and never reach `app`. Bodies are not limited here.
///
/// After `shutdown`, no connection is accepted, idle ones close, and requests in progress have
/// [`Limits::drain`] to finish. Connections that are busy after that are closed.
///
/// # Errors
///
/// When `listener` has no local address, before anything was accepted. Failures of single
/// connections are debug logs and end nothing else.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening on {address}");

    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = listener.accept(), if connections.len() < limits.connections_max => {
                let Some((stream, peer)) = usable(accepted).await else { continue };
                let connection =
                    connection::run(stream, peer, app.clone(), limits.clone(), stopping.clone());
                connections.spawn(connection);
            }
        }
    }
    drop(listener);
    tracing::info!(connections = connections.len(), "stopping: accepting no more connections");
    stop.send_replace(true);
    drain(connections, limits.drain).await;
    Ok(())
}

/// The accepted connection; nothing, after a pause, if accepting failed.
async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((stream, peer)) => {
            // Answers are small and written at once: waiting to fill a packet only adds latency.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "the peer closed before its connection was set up");
                return None;
            }
            Some((stream, peer))
        }
        Err(error) if caused_by_peer(&error) => {
            tracing::debug!(%error, "the peer closed before its connection was accepted");
            None
        }
        Err(error) => {
            // Without a pause this would spin: the connection stays in the queue.
            tracing::warn!(%error, "accepting connections failed");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn caused_by_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a request panicked and ended its connection");
    }
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) {
    let all_done = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if tokio::time::timeout(limit, all_done).await.is_err() {
        let count = connections.len();
        let limit_seconds = limit.as_secs();
        tracing::warn!(
            count,
            limit_seconds,
            "closed {count} connections that were still busy after {limit_seconds} s"
        );
        connections.shutdown().await;
    }
}
