//! Signals that ask the process to stop.

use std::pin::Pin;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Resolves when the process gets SIGTERM or SIGINT after this call.
pub(crate) fn stop_requested() -> impl Future<Output = ()> {
    // If a handler can't be installed, the signal ends the process.
    let mut terminate = signal(SignalKind::terminate()).ok();
    let mut interrupt = signal(SignalKind::interrupt()).ok();
    async move {
        tokio::select! {
            () = received(terminate.as_mut()) => {}
            () = received(interrupt.as_mut()) => {}
        }
    }
}

/// The result of `work`, or nothing if `stop` comes first. Then `work` is dropped.
pub(crate) async fn unless<T>(
    stop: Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = stop => None,
        done = work => Some(done),
    }
}

async fn received(signals: Option<&mut Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}
