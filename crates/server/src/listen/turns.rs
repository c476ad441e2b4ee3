//! Whose turn it is on a connection: the gate's, the service's, or the peer's.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures::task::AtomicWaker;
use http::HeadRefusal;

/// What the gate and the service of one connection tell each other.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Heads given to hyper.
    begun: AtomicU64,
    /// Requests whose answer has been made to its end, or given up.
    finished: AtomicU64,
    /// The number of the last head, if that was refused, and why.
    refused: OnceLock<(u64, HeadRefusal)>,
    /// Wakes the gate when a request is finished: hyper doesn't read again on its own account.
    waiting: AtomicWaker,
}

impl Turns {
    /// Why the request with this number, counted from 1, was refused, if it was.
    pub(super) fn refusal(&self, number: u64) -> Option<HeadRefusal> {
        self.refused.get().filter(|(refused, _)| *refused == number).map(|(_, why)| *why)
    }

    /// Says that the request with this number, the connection's last, is refused.
    pub(super) fn refuse(&self, number: u64, refusal: HeadRefusal) {
        // A connection has one last request, so this is never set already.
        let _ = self.refused.set((number, refusal));
    }

    /// Says that a request needs nothing more.
    pub(super) fn finish(&self) {
        self.finished.fetch_add(1, Ordering::Release);
        self.waiting.wake();
    }

    /// Counts a head that hyper gets, and returns its number.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Ready when no request is open; otherwise wakes the task when one is finished.
    pub(super) fn poll_finished(&self, cx: &Context<'_>) -> Poll<()> {
        self.waiting.register(cx.waker());
        let finished = self.finished.load(Ordering::Acquire);
        if self.begun.load(Ordering::Relaxed) > finished { Poll::Pending } else { Poll::Ready(()) }
    }
}
