//! The reading and writing half of a connection, which lets only sound requests through to hyper.
//!
//! hyper drops a `Content-Length` that comes with `Transfer-Encoding`, lets a missing or second
//! `Host` pass, and answers what it cannot parse with an empty body. So each head is held back here
//! until it is complete and checked. A refused one is replaced by [`STAND_IN`], and the service
//! learns through [`Turns`] that it has to answer with a problem; hyper keeps the answers of
//! pipelined requests in order.

mod stall;

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use http::HeadRefusal;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use self::stall::Stall;
use super::Limits;
use super::chunks::Chunks;
use super::head::{self, Framing, Scan};
use super::turns::Turns;

/// What hyper reads in place of a refused head.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// Bytes taken from the peer at a time.
const READ_BYTES: usize = 8 * 1024;

/// A peer in the middle of sending loses the answer if its bytes meet a closed socket. So they are
/// read and thrown away for a while after the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// A connection whose reads stop at each request's head until the head has been checked.
#[derive(Debug)]
pub(super) struct Gate<S> {
    stream: S,
    limits: Limits,
    turns: Arc<Turns>,
    stage: Stage,
    /// Bytes from the peer that hyper has not got yet.
    inbox: BytesMut,
    /// Bytes at the start of `inbox` that hyper may have.
    cleared: usize,
    /// The end of the time for the head that is being received.
    head_deadline: Option<Instant>,
    /// The end of the time between two requests.
    idle_deadline: Option<Instant>,
    read_stall: Stall,
    write_stall: Stall,
    /// Bytes that the peer has taken since it first made a write wait.
    taken: usize,
    closing: Closing,
}

/// What comes after the cleared bytes.
#[derive(Debug)]
enum Stage {
    Head(Scan),
    Body { left: u64 },
    Chunked(Chunks),
    Refused,
}

#[derive(Debug)]
enum Closing {
    No,
    Lingering { until: Instant, bytes_left: usize },
    Done,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    /// Guards `stream`. The time for the first head begins now.
    pub(super) fn new(stream: S, limits: Limits, turns: Arc<Turns>) -> Self {
        let head_deadline = Some(Instant::now() + limits.header_timeout);
        Self {
            stream,
            limits,
            turns,
            stage: Stage::Head(Scan::default()),
            inbox: BytesMut::new(),
            cleared: 0,
            head_deadline,
            idle_deadline: None,
            read_stall: Stall::default(),
            write_stall: Stall::default(),
            taken: 0,
            closing: Closing::No,
        }
    }

    /// Reads from the peer into the inbox. `false` when the peer will send no more.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [const { MaybeUninit::<u8>::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        self.inbox.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(!buffer.filled().is_empty()))
    }

    /// Looks at the inbox in the light of the stage. `false` when it takes more bytes to go on.
    fn advance(&mut self) -> io::Result<bool> {
        match &mut self.stage {
            Stage::Head(scan) => {
                if self.inbox.is_empty() {
                    return Ok(false);
                }
                match scan.end(&self.inbox, &self.limits) {
                    Ok(None) => return Ok(false),
                    Ok(Some(length)) => self.pass_head(length),
                    Err(refusal) => self.refuse(refusal),
                }
            }
            Stage::Body { left: 0 } => self.stage = Stage::Head(Scan::default()),
            Stage::Body { left } => {
                let run = usize::try_from(*left).unwrap_or(usize::MAX).min(self.inbox.len());
                self.cleared = run;
                *left = left.saturating_sub(u64::try_from(run).unwrap_or(u64::MAX));
                return Ok(run > 0);
            }
            Stage::Chunked(chunks) if chunks.is_done() => self.stage = Stage::Head(Scan::default()),
            Stage::Chunked(chunks) => {
                self.cleared = chunks.advance(&self.inbox)?;
                return Ok(self.cleared > 0);
            }
            Stage::Refused => return Ok(false),
        }
        Ok(true)
    }

    fn pass_head(&mut self, length: usize) {
        let head = self.inbox.get(..length).unwrap_or_default();
        self.stage = match head::check(head, &self.limits) {
            Ok(Framing::Sized(left)) => Stage::Body { left },
            Ok(Framing::Chunked) => Stage::Chunked(Chunks::new()),
            Err(refusal) => return self.refuse(refusal),
        };
        self.cleared = length;
        self.head_deadline = None;
        self.idle_deadline = None;
        self.turns.begin();
    }

    /// Gives hyper the stand-in. Nothing more is read from the peer, whose bytes have no meaning
    /// after a head that could not be understood.
    fn refuse(&mut self, refusal: HeadRefusal) {
        let number = self.turns.begin();
        self.turns.refuse(number, refusal);
        self.stage = Stage::Refused;
        self.inbox.clear();
        self.inbox.extend_from_slice(STAND_IN);
        self.cleared = STAND_IN.len();
    }

    /// Ready when the peer has had its time for a head. While a request is being answered, however
    /// long that takes, the peer owes us nothing and no time runs.
    fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !matches!(self.stage, Stage::Head(_)) {
            return Poll::Pending;
        }
        ready!(self.turns.poll_finished(cx));
        let now = Instant::now();
        let deadline = if let Some(deadline) = self.head_deadline {
            deadline
        } else if self.inbox.is_empty() {
            *self.idle_deadline.get_or_insert(now + self.limits.idle_timeout)
        } else {
            *self.head_deadline.insert(now + self.limits.header_timeout)
        };
        self.read_stall.poll_until(cx, deadline)
    }

    /// Whether the peer may be about to send bytes that nobody will read.
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

    /// Says that the peer owes no more progress.
    fn all_is_taken(&mut self) {
        self.write_stall.clear();
        self.taken = 0;
    }

    /// Fails a write that has waited too long for a peer that takes nothing, or next to nothing: an answer
    /// keeps its memory and its permits until it is sent.
    fn poll_write_stall(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.idle_deadline = None;
            self.taken = self.taken.saturating_add(*written.as_ref().unwrap_or(&0));
            if self.taken >= self.limits.taken_bytes_min {
                self.all_is_taken();
            }
            return Poll::Ready(written);
        }
        ready!(self.write_stall.poll_for(cx, self.limits.idle_timeout));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let gate = &mut *self;
        loop {
            if gate.cleared > 0 {
                let run = gate.cleared.min(buffer.remaining());
                buffer.put_slice(&gate.inbox.split_to(run));
                gate.cleared = gate.cleared.saturating_sub(run);
                return Poll::Ready(Ok(()));
            }
            if gate.advance()? {
                continue;
            }
            if matches!(gate.stage, Stage::Refused) {
                // hyper closes by itself after the answer; the end of the stream would make it
                // give the answer up.
                return Poll::Pending;
            }
            match gate.poll_fill(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(gate.poll_overdue(cx));
                    if gate.inbox.is_empty() {
                        // Nothing was asked, so nothing is answered: the end of the stream.
                        return Poll::Ready(Ok(()));
                    }
                    gate.refuse(HeadRefusal::TooSlow);
                }
            }
        }
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
        self.all_is_taken();
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

#[cfg(test)]
mod tests;
