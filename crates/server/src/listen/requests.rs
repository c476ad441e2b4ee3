//! The requests of one connection: how many have begun and finished, and whether the last is refused.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures::task::AtomicWaker;
use http::HeadRefusal;

/// What the gate and the service of one connection share.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Heads passed to hyper.
    begun: AtomicU64,
    /// Requests whose answer is complete or was dropped.
    finished: AtomicU64,
    /// The number of the last head if it is refused, and why.
    refused: OnceLock<(u64, HeadRefusal)>,
    /// Wakes the gate when a request is finished: hyper doesn't read again by itself.
    waiting: AtomicWaker,
}

impl Requests {
    /// Why the request with this number is refused, if it is. The first has number 1.
    pub(super) fn refusal(&self, number: u64) -> Option<HeadRefusal> {
        self.refused.get().filter(|(refused, _)| *refused == number).map(|(_, why)| *why)
    }

    /// Refuses the request with this number, the last of the connection.
    pub(super) fn refuse(&self, number: u64, refusal: HeadRefusal) {
        // A connection has one last request, so this is set once.
        let _ = self.refused.set((number, refusal));
    }

    /// Counts a request as finished.
    pub(super) fn finish(&self) {
        self.finished.fetch_add(1, Ordering::Release);
        self.waiting.wake();
    }

    /// Counts a head that is passed to hyper, and returns its number.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Ready when no request is open; otherwise wakes the task when one finishes.
    pub(super) fn poll_finished(&self, cx: &Context<'_>) -> Poll<()> {
        self.waiting.register(cx.waker());
        let finished = self.finished.load(Ordering::Acquire);
        if self.begun.load(Ordering::Relaxed) > finished { Poll::Pending } else { Poll::Ready(()) }
    }
}
