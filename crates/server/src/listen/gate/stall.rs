//! A timer that is set only when something waits, and rarely moved.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Waits for deadlines that are rarely reached.
#[derive(Debug, Default)]
pub(super) struct Stall {
    sleep: Option<Pin<Box<Sleep>>>,
    deadline: Option<Instant>,
}

impl Stall {
    /// Ready from `deadline` on.
    ///
    /// A later deadline than that of the last call does not move the timer: it fires early once, and is set
    /// again then. So a busy connection needs no timer per request.
    pub(super) fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }

    /// Ready when `limit` has passed since the first call after [`Stall::clear`].
    pub(super) fn poll_for(&mut self, cx: &mut Context<'_>, limit: Duration) -> Poll<()> {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + limit);
        self.poll_until(cx, deadline)
    }

    /// Forgets the deadline of [`Stall::poll_for`].
    pub(super) const fn clear(&mut self) {
        self.deadline = None;
    }
}
