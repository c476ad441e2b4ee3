//! The lines of a request with many commands, as they arrive, each with room for its answer.

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures::{Stream, StreamExt as _, stream};
use http::auth::Caller;
use http::body::{in_time, without_byte_order_mark};
use http::limits::InFlight;
use http::{App, Problem};

/// What an answer takes besides what the line itself said, about.
const ANSWER_BYTES: usize = 1024;

/// A line, or why it is refused, and what it and its answer take.
pub(super) struct Received {
    pub(super) line: Result<Bytes, Problem>,
    pub(super) room: Option<InFlight>,
}

/// The lines of a body. The last one may be a refusal that ends the request early. Then the rest of the body is
/// read and dropped: a client that sends everything before it reads anything gets the answers, too.
pub(super) fn lines(body: Body, app: App, caller: Caller) -> impl Stream<Item = Received> + Send {
    let chunks = body.into_data_stream();
    let lines = Lines {
        chunks,
        buffer: BytesMut::new(),
        ended: false,
        begun: false,
        stopped: false,
        app,
        caller,
    };
    stream::unfold(lines, async |mut lines| Some((lines.next().await?, lines)))
}

struct Lines {
    chunks: BodyDataStream,
    /// What has arrived and is not taken yet.
    buffer: BytesMut,
    /// Whether the body has ended.
    ended: bool,
    /// Whether a line was taken.
    begun: bool,
    /// Whether no line is executed any more.
    stopped: bool,
    app: App,
    caller: Caller,
}

impl Lines {
    async fn next(&mut self) -> Option<Received> {
        if self.stopped {
            self.discard().await;
            return None;
        }
        let line = match self.line().await? {
            Ok(line) => line,
            Err(problem) => return Some(self.stop(problem)),
        };
        let bytes = line.len().saturating_mul(2).saturating_add(ANSWER_BYTES);
        let room = match self.app.limits.reserve(self.caller.tenant().id, bytes).await {
            Ok(room) => Some(room),
            Err(problem) => return Some(self.stop(problem)),
        };
        match self.app.keyring.still_accepts(&self.caller).await {
            Ok(true) => Some(Received { line: Ok(line), room }),
            Ok(false) => Some(self.stop(Problem::unauthorized())),
            Err(error) => Some(Received { line: Err(Problem::of_store(&error)), room }),
        }
    }

    /// The last answer: from this line on, nothing is executed.
    fn stop(&mut self, problem: Problem) -> Received {
        self.stopped = true;
        Received { line: Err(problem.of_last_line()), room: None }
    }

    /// The next line that is not empty.
    async fn line(&mut self) -> Option<Result<Bytes, Problem>> {
        let max = self.app.settings.body_bytes_max;
        let mut empty = 0_usize;
        loop {
            if let Some(line) = self.take() {
                let blank = line.iter().all(u8::is_ascii_whitespace);
                if line.len() > max || empty > max {
                    return Some(Err(Problem::body_too_large(max)));
                }
                if !blank {
                    return Some(Ok(line));
                }
                // Empty lines cost nothing but time. A few compressed bytes can be very many of them.
                empty = empty.saturating_add(line.len()).saturating_add(1);
                continue;
            }
            if self.ended {
                return None;
            }
            if self.buffer.len() > max {
                return Some(Err(Problem::body_too_large(max)));
            }
            match in_time(self.app.settings.body_timeout, self.chunks.next()).await {
                Ok(Some(Ok(chunk))) => self.buffer.extend_from_slice(&chunk),
                Ok(None) => self.ended = true,
                Ok(Some(Err(_))) => {
                    return Some(Err(Problem::broken_body()));
                }
                Err(timeout) => return Some(Err(timeout)),
            }
        }
    }

    /// The next whole line of the buffer; at the end also one without its line feed.
    fn take(&mut self) -> Option<Bytes> {
        let mut line = match self.buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => {
                let mut line = self.buffer.split_to(end.saturating_add(1)).freeze();
                line.truncate(end);
                line
            }
            None if self.ended && !self.buffer.is_empty() => self.buffer.split().freeze(),
            None => return None,
        };
        if !self.begun {
            self.begun = true;
            line = without_byte_order_mark(line);
        }
        Some(line)
    }

    /// Reads what is left of the body, as long as it keeps arriving.
    async fn discard(&mut self) {
        self.buffer.clear();
        let timeout = self.app.settings.body_timeout;
        while let Ok(Some(Ok(_))) = in_time(timeout, self.chunks.next()).await {}
    }
}
