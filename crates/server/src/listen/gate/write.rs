//! The writing half: peers that read too slowly are disconnected, and a close loses no answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::{Closing, Gate, Stage};

/// If a peer's bytes meet a closed socket, the peer loses the answer. So a peer's bytes are read and dropped for
/// a while after the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Whether the peer may still send bytes that nobody reads.
    fn is_interrupted(&self) -> bool {
        match &self.stage {
            Stage::Head(_) => !self.inbox.is_empty(),
            Stage::Body { left } => *left > 0 || !self.inbox.is_empty(),
            Stage::Chunked(chunks) => !chunks.is_done() || !self.inbox.is_empty(),
            Stage::Refused => true,
        }
    }

    fn poll_linger(
        &mut self,
        cx: &mut Context<'_>,
        until: Instant,
        mut bytes_left: usize,
    ) -> Poll<()> {
        loop {
            self.inbox.clear();
            match self.poll_fill(cx) {
                Poll::Ready(Ok(true)) if self.inbox.len() < bytes_left => {
                    bytes_left = bytes_left.saturating_sub(self.inbox.len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.closing = Closing::Lingering { until, bytes_left };
        self.read_stall.poll_until(cx, until)
    }

    /// Resets the time limit of writes: the peer has read or sent enough.
    fn reset_write_stall(&mut self) {
        self.write_stall.clear();
        self.moved = 0;
    }

    /// Counts bytes that the peer has read or sent.
    pub(super) fn count_moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(bytes);
        if self.moved >= self.limits.moved_bytes_min {
            self.reset_write_stall();
        }
    }

    /// Fails a write to a peer that reads too slowly: an answer keeps its memory and its permits until it is
    /// sent.
    fn poll_write_stall(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.idle_deadline = None;
            self.count_moved(*written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
        }
        ready!(self.write_stall.poll_for(cx, self.limits.idle_timeout));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.poll_write_stall(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.poll_write_stall(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper flushes when it has nothing left to write.
        self.reset_write_stall();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let gate = &mut *self;
        if matches!(gate.closing, Closing::No) {
            ready!(Pin::new(&mut gate.stream).poll_shutdown(cx))?;
            gate.closing = if gate.is_interrupted() {
                Closing::Lingering { until: Instant::now() + LINGER, bytes_left: LINGER_BYTES_MAX }
            } else {
                Closing::Done
            };
        }
        if let Closing::Lingering { until, bytes_left } = gate.closing {
            ready!(gate.poll_linger(cx, until, bytes_left));
            gate.closing = Closing::Done;
        }
        Poll::Ready(Ok(()))
    }
}
