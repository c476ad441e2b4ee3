//! The byte stream between the socket and hyper. It passes on only requests with an unambiguous head.
//!
//! hyper drops a `Content-Length` that comes with `Transfer-Encoding`, accepts a missing or second `Host`,
//! and answers what it cannot parse with an empty body. So the gate holds each head back until it is
//! complete and checked. It replaces a refused head with [`STAND_IN`], and tells the service through
//! [`Requests`] to answer with a problem. hyper keeps the answers to pipelined requests in order.

mod stall;
mod write;

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use http::HeadRefusal;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use self::stall::Stall;
use super::chunks::Chunks;
use super::head::{self, Framing, Scan};
use super::limits::Limits;
use super::requests::Requests;

/// What hyper reads instead of a refused head.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// Bytes read from the peer at a time.
const READ_BYTES: usize = 8 * 1024;

/// A connection whose reads stop at each request's head until the head has been checked.
#[derive(Debug)]
pub(super) struct Gate<S> {
    stream: S,
    limits: Limits,
    requests: Arc<Requests>,
    stage: Stage,
    /// Bytes from the peer that hyper has not read yet.
    inbox: BytesMut,
    /// Bytes at the start of `inbox` that hyper may read.
    cleared: usize,
    /// When the head that is being received must be complete.
    head_deadline: Option<Instant>,
    /// When the next request must begin.
    idle_deadline: Option<Instant>,
    read_stall: Stall,
    write_stall: Stall,
    /// Bytes that the peer has read or sent since the time limit of writes was last reset.
    moved: usize,
    closing: Closing,
}

/// What follows the cleared bytes.
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
    pub(super) fn new(stream: S, limits: Limits, requests: Arc<Requests>) -> Self {
        let head_deadline = Some(Instant::now() + limits.header_timeout);
        Self {
            stream,
            limits,
            requests,
            stage: Stage::Head(Scan::default()),
            inbox: BytesMut::new(),
            cleared: 0,
            head_deadline,
            idle_deadline: None,
            read_stall: Stall::default(),
            write_stall: Stall::default(),
            moved: 0,
            closing: Closing::No,
        }
    }

    /// Reads from the peer into the inbox. `false` when the peer will send no more.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut space = [const { MaybeUninit::<u8>::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        let received = buffer.filled().len();
        self.inbox.extend_from_slice(buffer.filled());
        // A peer that sends a long body before it reads the answer is not slow.
        self.count_moved(received);
        Poll::Ready(Ok(received > 0))
    }

    /// Clears what the stage allows. `false` when more bytes are needed.
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
        self.requests.begin();
    }

    /// Gives hyper the stand-in. Nothing more is read from the peer: bytes after a refused head have no
    /// defined meaning.
    fn refuse(&mut self, refusal: HeadRefusal) {
        let number = self.requests.begin();
        self.requests.refuse(number, refusal);
        self.stage = Stage::Refused;
        self.inbox.clear();
        self.inbox.extend_from_slice(STAND_IN);
        self.cleared = STAND_IN.len();
    }

    /// Ready when the time for a head is over. No time runs while a request is being answered.
    fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !matches!(self.stage, Stage::Head(_)) {
            return Poll::Pending;
        }
        ready!(self.requests.poll_finished(cx));
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
                // hyper closes after the answer. The end of the stream would make it drop the answer.
                return Poll::Pending;
            }
            match gate.poll_fill(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(gate.poll_overdue(cx));
                    if gate.inbox.is_empty() {
                        // There is no request to answer: the end of the stream.
                        return Poll::Ready(Ok(()));
                    }
                    gate.refuse(HeadRefusal::TooSlow);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
