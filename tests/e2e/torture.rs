//! Ten thousand commands, callers that disconnect and retry, and a service that is killed
//! meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::query_as;
use tests::{Chance, customer_id, expect_sound, idle_in_transaction};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::service::{Service, connect, dev_key, torment};

const COMMANDS: u64 = 10_000;
const CALLERS: u64 = 64;
const CUSTOMERS: u64 = 100;
const KILLS: u64 = 6;

/// What a caller knows about a command afterwards: its version and position, or nothing.
type Known = Option<(i64, String)>;

/// Data that all callers share.
struct Calls {
    address: watch::Receiver<SocketAddr>,
    key: String,
    client: reqwest::Client,
    next: AtomicU64,
    sent_again: AtomicU64,
    hung_up: AtomicU64,
}

impl Calls {
    fn path(number: u64) -> String {
        let customer = customer_id(number * 7 % CUSTOMERS);
        format!("/v1/customers/{customer}/commands/replace-metadata")
    }

    fn body(number: u64) -> Value {
        json!({ "metadata": { "note": format!("note {number}") } })
    }

    /// Sends a command until its outcome is known.
    async fn insist(&self, number: u64) -> (i64, String) {
        let begun = Instant::now();
        loop {
            if let Some(known) = self.send(number).await {
                return known;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "command {number} gets no answer");
            self.sent_again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Sends a command once. Without an answer, or with an unknown outcome, the result is nothing.
    async fn send(&self, number: u64) -> Known {
        let address = *self.address.borrow();
        let sent = self
            .client
            .post(format!("http://{address}{}", Self::path(number)))
            .bearer_auth(&self.key)
            .header("idempotency-key", format!("key-{number}"))
            .header("x-request-id", format!("request-{number}"))
            .json(&Self::body(number));
        let answer = sent.send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.text().await.ok()?;
        if status == 503 {
            return None;
        }
        assert_eq!(status, 200, "command {number}: {body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let position = body["position"].as_str().expect("a position").to_owned();
        Some((body["version"].as_i64().expect("a version"), position))
    }

    /// Sends a command and closes the connection without waiting for the answer.
    async fn hang_up(&self, number: u64, patience: Duration) {
        self.hung_up.fetch_add(1, Ordering::Relaxed);
        let address = *self.address.borrow();
        let Ok(mut connection) = tokio::net::TcpStream::connect(address).await else { return };
        let body = Self::body(number).to_string();
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             idempotency-key: key-{number}\r\nx-request-id: request-{number}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            Self::path(number),
            self.key,
            body.len(),
        );
        // A service that was just killed reads nothing: that is one of the cases.
        let _ = connection.write_all(request.as_bytes()).await;
        tokio::time::sleep(patience).await;
    }

    /// Executes commands until none are left.
    async fn work(self: Arc<Self>, mut chance: Chance) -> BTreeMap<u64, Known> {
        let mut known = BTreeMap::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= COMMANDS {
                return known;
            }
            let fate = match chance.below(100) {
                0..8 => {
                    self.hang_up(number, Duration::from_micros(chance.below(3_000))).await;
                    if chance.percent(50) { Some(self.insist(number).await) } else { None }
                }
                8..20 => {
                    let times = 2 + chance.below(4);
                    let answers = (0..times).map(|_| self.insist(number));
                    let answers = futures::future::join_all(answers).await;
                    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
                    answers.into_iter().next()
                }
                20..23 => self.send(number).await,
                _ => Some(self.insist(number).await),
            };
            known.insert(number, fate);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_command_is_stored_once_after_any_fault() {
    let mut chance = Chance::seeded("torture");
    let directory = tempfile::tempdir().expect("a directory");
    let begun = Instant::now();
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    for number in 0..CUSTOMERS {
        assert_eq!(service.register(&key, customer_id(number)).await, 201);
    }
    let (moved, address) = watch::channel(service.address);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).build();
    let calls = Arc::new(Calls {
        address,
        key,
        client: client.expect("a client"),
        next: AtomicU64::new(0),
        sent_again: AtomicU64::new(0),
        hung_up: AtomicU64::new(0),
    });
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(Arc::clone(&calls).work(chance.split()));
    }
    let service =
        torment(service, directory.path(), &calls.next, (COMMANDS, KILLS), &moved, chance).await;
    let known: BTreeMap<u64, Known> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(known.len(), usize::try_from(COMMANDS).expect("a count"));

    // A command whose caller disconnected may still be in progress; a stop completes it.
    service.stop().await;
    let service = Service::start(directory.path()).await;
    compare(directory.path(), &known, &calls, begun).await;
    service.stop().await;
}

/// Compares the log with the answers of the callers.
async fn compare(data_dir: &Path, known: &BTreeMap<u64, Known>, calls: &Calls, begun: Instant) {
    let mut connection = connect(data_dir).await;
    let found = expect_sound(&mut connection).await;
    assert_eq!(found.customers, usize::try_from(CUSTOMERS).expect("a count"));
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
    let rows: Vec<(String, String, i64, String)> = query_as(
        "select metadata ->> 'request_id', payload #>> '{data,metadata,note}', sequence,
                partition || '.' || position
           from events where event_type = 'MetadataReplaced'",
    )
    .fetch_all(&mut connection)
    .await
    .expect("events");
    let mut stored: BTreeMap<u64, Vec<(i64, String)>> = BTreeMap::new();
    for (request, note, version, position) in rows {
        let number = request.strip_prefix("request-").expect("a request that was sent");
        assert_eq!(note, format!("note {number}"));
        stored.entry(number.parse().expect("a number")).or_default().push((version, position));
    }
    let unheard: BTreeSet<_> = stored.keys().filter(|number| !known.contains_key(number)).collect();
    assert!(unheard.is_empty(), "nobody sent {unheard:?}");
    let (mut acknowledged, mut happened, mut not) = (0, 0, 0);
    for (number, fate) in known {
        let there = stored.get(number).map_or(&[][..], Vec::as_slice);
        match fate {
            Some(answer) => {
                assert_eq!(
                    there,
                    std::slice::from_ref(answer),
                    "command {number} was acknowledged"
                );
                acknowledged += 1;
            }
            None if there.is_empty() => not += 1,
            None => {
                assert_eq!(there.len(), 1, "command {number} may have happened once: {there:?}");
                happened += 1;
            }
        }
    }
    let (again, hung_up) = (&calls.sent_again, &calls.hung_up);
    #[expect(clippy::print_stdout, reason = "the summary of the run")]
    {
        println!(
            "torture: {acknowledged} acknowledged, each there once; {happened} unknown that happened, \
             {not} that did not; {KILLS} kills, {} hang-ups, {} sent again; {} events, all chains \
             verify; {:.1} s",
            hung_up.load(Ordering::Relaxed),
            again.load(Ordering::Relaxed),
            found.events,
            begun.elapsed().as_secs_f64(),
        );
    }
}
