//! Two hundred thousand events, readers that disconnect and resume, and a service that is killed
//! meanwhile: each reader gets each event once, in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Chance, customer_id};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::service::{Service, connect, dev_key, torment};

/// Write requests, each with [`EACH`] events.
const REQUESTS: u64 = 2_000;
/// Events of a request, all or none.
const EACH: u64 = 100;
const CUSTOMERS: u64 = 50;
const WRITERS: u64 = 4;
const READERS: u64 = 5;
const KILLS: u64 = 3;
/// The slow reader's pause after each part of the stream.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a reader may wait for the next event.
const PATIENCE: Duration = Duration::from_mins(1);

/// Data that all callers share.
struct Calls {
    address: watch::Receiver<SocketAddr>,
    key: String,
    client: reqwest::Client,
    next: AtomicU64,
}

impl Calls {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", *self.address.borrow())
    }

    /// Sends requests until none are left, each until its outcome is known.
    async fn write(self: Arc<Self>) {
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= REQUESTS {
                return;
            }
            let rename = |nth: u64| {
                let body = json!({ "name": format!("name {number} {nth}") });
                json!({ "command": "update-profile", "body": body })
            };
            let commands: Vec<_> = (0..EACH).map(rename).collect();
            let body = json!({ "commands": commands });
            while !self.send(number, &body).await {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
    }

    /// Sends a request once; returns whether its outcome is known.
    async fn send(&self, number: u64, body: &Value) -> bool {
        let path = format!("/v1/customers/{}/commands", customer_id(number % CUSTOMERS));
        let sent = self.client.post(self.url(&path)).bearer_auth(&self.key);
        let sent = sent.header("idempotency-key", format!("key-{number}")).json(body).send();
        let Ok(answer) = sent.await else { return false };
        let status = answer.status().as_u16();
        assert!([200, 503].contains(&status), "{status}");
        status == 200 && answer.bytes().await.is_ok()
    }
}

/// A reader and its progress.
struct Reader {
    calls: Arc<Calls>,
    slow: bool,
    /// Whether it reads pages instead of a stream.
    pages: bool,
    chance: Chance,
    /// The position of the last event.
    last: u64,
    cursor: Option<String>,
    connections: u64,
}

impl Reader {
    /// Reads until the event at position `until` came.
    async fn read(mut self, mut until: watch::Receiver<Option<u64>>) -> u64 {
        let mut progressed = Instant::now();
        while until.borrow_and_update().is_none_or(|until| self.last < until) {
            assert!(progressed.elapsed() < PATIENCE, "a reader is stuck after {}", self.last);
            self.connections += 1;
            let before = self.last;
            if self.connect(&until).await.is_none() {
                // The service was killed, or is starting.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            if self.last > before {
                progressed = Instant::now();
            }
        }
        self.connections
    }

    /// Reads over one connection, for a while.
    async fn connect(&mut self, until: &watch::Receiver<Option<u64>>) -> Option<()> {
        let reads = 1 + self.chance.below(if self.slow { 200 } else { 100 });
        if self.pages {
            return self.page().await;
        }
        let sent = self.calls.client.get(self.calls.url("/v1/feed")).bearer_auth(&self.calls.key);
        let sent = sent.header("accept", "text/event-stream");
        let sent = match &self.cursor {
            Some(cursor) => sent.header("last-event-id", cursor),
            None => sent,
        };
        let mut answer = sent.send().await.ok()?.error_for_status().ok()?;
        let mut text = Vec::new();
        for _ in 0..reads {
            let part = tokio::time::timeout(Duration::from_millis(500), answer.chunk()).await;
            let Ok(part) = part else {
                // No event: either all were read, or the writers are waiting.
                if until.borrow().is_some_and(|until| self.last >= until) {
                    break;
                }
                continue;
            };
            text.extend_from_slice(&part.ok()??);
            self.take(&mut text);
            if self.slow {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Some(())
    }

    /// Takes the complete blocks received so far.
    fn take(&mut self, text: &mut Vec<u8>) {
        let Some(end) = text.windows(2).rposition(|pair| pair == b"\n\n") else { return };
        let rest = text.split_off(end + 2);
        let blocks = String::from_utf8(std::mem::replace(text, rest)).expect("UTF-8");
        for block in blocks.split_terminator("\n\n") {
            for line in block.lines() {
                if let Some(data) = line.strip_prefix("data: ") {
                    self.saw(position(data));
                }
                if let Some(id) = line.strip_prefix("id: ") {
                    self.cursor = Some(id.to_owned());
                }
            }
        }
    }

    /// Reads one page.
    async fn page(&mut self) -> Option<()> {
        let path = match &self.cursor {
            Some(cursor) => format!("/v1/feed?wait=1&limit=200&cursor={cursor}"),
            None => "/v1/feed?wait=1&limit=200".to_owned(),
        };
        let sent = self.calls.client.get(self.calls.url(&path)).bearer_auth(&self.calls.key).send();
        let page: Value = sent.await.ok()?.error_for_status().ok()?.json().await.ok()?;
        for item in page["items"].as_array().expect("items") {
            self.saw(position(&item.to_string()));
        }
        self.cursor = Some(page["next_cursor"].as_str().expect("a cursor").to_owned());
        Some(())
    }

    /// Positions have no gaps, so the next event has exactly one possible position.
    fn saw(&mut self, position: u64) {
        assert_eq!(position, self.last + 1, "each event comes once, in order");
        self.last = position;
    }
}

/// The position of an event in its partition.
fn position(event: &str) -> u64 {
    let (_, rest) = event.split_once(r#""position":""#).expect("a position");
    let (token, _) = rest.split_once('"').expect("its end");
    token.split_once('.').expect("two parts").1.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_has_each_event_once_in_order_after_any_fault() {
    let mut chance = Chance::seeded("feed");
    let directory = tempfile::tempdir().expect("a directory");
    let begun = Instant::now();
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    for number in 0..CUSTOMERS {
        assert_eq!(service.register(&key, customer_id(number)).await, 201);
    }
    let (moved, address) = watch::channel(service.address);
    let client = reqwest::Client::builder().build().expect("a client");
    let calls = Arc::new(Calls { address, key, client, next: AtomicU64::new(0) });
    let (ended, until) = watch::channel(None);
    let mut readers = JoinSet::new();
    for nth in 0..READERS {
        let (calls, chance) = (Arc::clone(&calls), chance.split());
        let (slow, pages) = (nth == 0, nth == 1);
        let (last, cursor, connections) = (0, None, 0);
        let reader = Reader { calls, slow, pages, chance, last, cursor, connections };
        readers.spawn(reader.read(until.clone()));
    }
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(Arc::clone(&calls).write());
    }
    let service =
        torment(service, directory.path(), &calls.next, (REQUESTS, KILLS), &moved, chance).await;
    writers.join_all().await;
    let written = begun.elapsed();
    let mut connection = connect(directory.path()).await;
    let count: i64 = sqlx::query_scalar("select count(*) from events")
        .fetch_one(&mut connection)
        .await
        .expect("a count");
    // The tenant and its first key were created, customers registered, and each request was
    // executed once.
    let expected = 2 + CUSTOMERS + REQUESTS * EACH;
    assert_eq!(u64::try_from(count).expect("a count"), expected);
    ended.send_replace(Some(expected));
    let connections = readers.join_all().await;
    service.stop().await;
    println!(
        "feed: {expected} events in {:.1} s with {KILLS} kills; {READERS} readers came {connections:?} \
         times and had all of them after {:.1} s",
        written.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
    );
}
