//! The feed as server-sent events.
//!
//! Between two parts it holds only its position: no connection, no transaction,
//! and at most one part of events. A slow reader delays only itself.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::auth::Caller;
use http::event::visible_to;
use http::limits::{Opened, counted};
use http::read_audit::Reader;
use http::{App, Problem};
use store::{After, Cursors, FeedPart, FeedQuery, News, PAGE_BYTES_MAX, Recorded};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// How long a stream is silent, at most.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how many milliseconds a disconnected reader should reconnect.
const RETRY_MS: u32 = 1_000;
/// Events in one part of a stream, at most.
const PART_MAX: u16 = 200;

/// A reader's stream, and where it is.
pub(super) struct Stream {
    app: App,
    caller: Caller,
    /// Present when the read audit records what is shown.
    reader: Option<Reader>,
    asked: FeedQuery,
    cursors: Cursors,
    list: String,
    news: News,
    /// The last position that the reader knows.
    reported: Option<i64>,
    _opened: Opened,
}

impl Stream {
    /// Opens a stream at the requested position.
    pub(super) async fn open(
        app: App,
        caller: Caller,
        reader: Option<Reader>,
        mut asked: FeedQuery,
        cursors: Cursors,
        list: String,
        opened: Opened,
    ) -> Result<Self, Problem> {
        let tenant = caller.tenant();
        let news = app.store.news(tenant);
        let start = FeedQuery { limit: 1, ..asked.clone() };
        let start = app.store.feed(tenant, &start).await?.ok_or_else(Problem::cursor_ahead)?;
        asked.after = asked.after.or(Some(start.until));
        asked.limit = PART_MAX;
        Ok(Self {
            app,
            caller,
            reader,
            asked,
            cursors,
            list,
            news,
            reported: None,
            _opened: opened,
        })
    }

    pub(super) fn response(self) -> Response {
        let parts = stream::unfold(self, async |mut stream| {
            let part = stream.next().await?;
            Some((Ok::<_, Infallible>(part), stream))
        });
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(parts)).into_response()
    }

    /// What is sent next; nothing when the stream ends: the service stops, the key is no longer
    /// accepted, the database is away, the log was set back, or the tenant's readers take nothing. The reader comes again, and goes on where
    /// it was, or gets the reason why it can't.
    async fn next(&mut self) -> Option<Bytes> {
        if self.reported.is_none() {
            let id = self.beat();
            return Some(format!("retry: {RETRY_MS}\n{id}").into());
        }
        let silent_until = Instant::now() + HEARTBEAT;
        loop {
            if self.app.is_stopping() || !self.app.keyring.still_accepts(&self.caller).await.ok()? {
                return None;
            }
            let tenant = self.caller.tenant();
            let reserved = self.app.limits.reserve(tenant.id, PAGE_BYTES_MAX).await.ok()?;
            let part = self.app.store.feed(tenant, &self.asked).await.ok()??;
            let FeedPart { items, until, caught_up } = part;
            self.asked.after = Some(until);
            if !items.is_empty() {
                let events = self.events(&items, until).await?;
                return Some(counted(events.into(), reserved));
            }
            drop(reserved);
            if Instant::now() >= silent_until {
                return Some(self.beat().into());
            }
            if caught_up {
                tokio::select! {
                    () = self.news.wait() => {}
                    () = sleep_until(silent_until) => {}
                    () = self.app.stopped() => {}
                }
            }
        }
    }

    /// Events as they are sent, after the read audit has recorded them.
    async fn events(&mut self, items: &[Recorded], until: i64) -> Option<String> {
        if let Some(reader) = &self.reader {
            let customers: BTreeSet<_> =
                items.iter().filter_map(|event| event.customer_id).collect();
            reader.record(&self.app, customers).await.ok()?;
        }
        let mut sent = String::new();
        for event in items {
            let (id, data) = (self.cursor(event.position), visible_to(&self.caller, event));
            // Writing to a string can't fail. JSON has no line breaks.
            let _ = write!(sent, "id: {id}\ndata: {data}\n\n");
        }
        self.reported = items.last().map(|event| event.position).or(Some(until));
        Some(sent)
    }

    /// A heartbeat. It has the position, if that is beyond what the reader knows.
    fn beat(&mut self) -> String {
        let after = self.asked.after.unwrap_or_default();
        if self.reported == Some(after) {
            return ":\n\n".to_owned();
        }
        self.reported = Some(after);
        format!("id: {}\n:\n\n", self.cursor(after))
    }

    fn cursor(&self, position: i64) -> String {
        let after = After { key: position.to_string(), id: Uuid::nil() };
        self.cursors.seal(self.caller.tenant().id, &self.list, &after)
    }
}
