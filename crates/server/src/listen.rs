//! The accept loop: limits on connections, heads and time, and a stop that loses no answer.

mod chunks;
mod connection;
mod gate;
mod head;
mod turns;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// How long the loop rests when the machine has no file descriptor left for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What one connection, and all of them together, may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The time from a connection's start, or from the first byte of a later request, to the end
    /// of the request's head. Answered with 408, or closed if nothing came at all.
    pub header_timeout: Duration,
    /// Bytes of a request's head, from its first to the empty line that ends it. Beyond it: 431.
    pub header_bytes_max: usize,
    /// Header lines of a request, at most 100. Beyond it: 431.
    pub headers_max: usize,
    /// Bytes of a request's target. Beyond it: 414.
    pub uri_bytes_max: usize,
    /// Open connections. Those beyond it wait in the kernel's queue until one ends.
    pub connections_max: usize,
    /// The time requests in flight have to finish once the listener is told to stop.
    pub drain: Duration,
    /// How long a connection may sit between two requests, or take less than
    /// [`Limits::taken_bytes_min`] of an answer.
    pub idle_timeout: Duration,
    /// Bytes of an answer that a peer has to take within [`Limits::idle_timeout`], or all that is left.
    pub taken_bytes_min: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(5),
            header_bytes_max: 16 * 1024,
            headers_max: 100,
            uri_bytes_max: 8 * 1024,
            connections_max: 10_000,
            drain: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            taken_bytes_min: 256 * 1024,
        }
    }
}

/// Serves `app` over HTTP/1.1 on `listener` until `shutdown` resolves and the last request is done.
///
/// Handlers find the peer's address in the request's extensions, as
/// [`axum::extract::ConnectInfo<SocketAddr>`]. Requests whose framing is ambiguous or beyond the
/// limits are answered with problem+json here and never reach `app`. Bodies are not limited here.
///
/// After `shutdown`, no connection is accepted, idle ones close, and requests in flight have
/// [`Limits::drain`] to finish; what is still running then is cut off.
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
    tracing::info!(connections = connections.len(), "stopping: no more connections are accepted");
    stop.send_replace(true);
    drain(connections, limits.drain).await;
    Ok(())
}

/// The accepted connection, or nothing after a pause if accepting failed.
async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((stream, peer)) => {
            // Answers are small and written whole: waiting to fill a packet only adds latency.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "the peer left before its connection was set up");
                return None;
            }
            Some((stream, peer))
        }
        Err(error) if is_the_peers(&error) => {
            tracing::debug!(%error, "the peer left before its connection was accepted");
            None
        }
        Err(error) => {
            // Without a pause this would spin: the connection stays in the queue.
            tracing::warn!(%error, "cannot accept connections now");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn is_the_peers(error: &io::Error) -> bool {
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
        tracing::error!("a request ended in a panic, and its connection with it");
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
            "cut off {count} connections that were still busy after {limit_seconds} s"
        );
        connections.shutdown().await;
    }
}
