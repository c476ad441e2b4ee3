//! Two services over one database: both write to the same customers, and each of them is stopped meanwhile.

mod measured;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::query_as;
use tests::{TestDatabase, customer_id, expect_sound, idle_in_transaction};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::service::{Service, succeeds};

const COMMANDS: u64 = 3_000;
const CALLERS: u64 = 32;
/// Half of the commands are for one customer, the others for these.
const OTHERS: u64 = 20;
/// The time limit for an answer to a command on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a caller knows about a stored command: its version and position.
type Known = (i64, String);

/// Data that all callers share.
struct Calls {
    addresses: [watch::Sender<SocketAddr>; 2],
    key: String,
    client: reqwest::Client,
    next: AtomicU64,
    sent_again: AtomicU64,
}

impl Calls {
    fn customer(number: u64) -> Uuid {
        customer_id(if number.is_multiple_of(2) { 0 } else { 1 + number % OTHERS })
    }

    /// Sends commands of its own until there are no more, and returns what is known about each.
    async fn all(self: Arc<Self>) -> Vec<(u64, Known)> {
        let mut known = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= COMMANDS {
                return known;
            }
            known.push((number, self.insist(number).await));
        }
    }

    /// Sends a command until its outcome is known: to one instance, then to the other.
    async fn insist(&self, number: u64) -> Known {
        let begun = Instant::now();
        for attempt in 0_u64.. {
            let instance = usize::try_from((number + attempt) % 2).expect("0 or 1");
            if let Some(known) = self.send(number, instance).await {
                return known;
            }
            assert!(begun.elapsed() < PATIENCE, "command {number} gets no answer");
            self.sent_again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        unreachable!("attempts do not end")
    }

    async fn send(&self, number: u64, instance: usize) -> Option<Known> {
        let address = *self.addresses[instance].borrow();
        let path = format!("/v1/customers/{}/commands/replace-metadata", Self::customer(number));
        let sent = self
            .client
            .post(format!("http://{address}{path}"))
            .bearer_auth(&self.key)
            .header("idempotency-key", format!("key-{number}"))
            .json(&json!({ "metadata": { "note": format!("note {number}") } }));
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

    /// Waits until this part of the commands was sent.
    async fn until(&self, percent: u64) {
        while self.next.load(Ordering::SeqCst) < COMMANDS * percent / 100 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn serve(url: &str) -> Service {
    Service::start_with(&[], &[("DATABASE_URL", url)], "dossier is at").await
}

/// A key of a new tenant.
async fn new_key(url: &str) -> String {
    let environment = [("DATABASE_URL", url)];
    let id = succeeds(&["tenant", "create", "--name", "Initech"], &environment).await;
    let scopes = "read,write,audit";
    let create = ["key", "create", "--tenant", id.trim(), "--name", "k", "--scopes", scopes];
    succeeds(&create, &environment).await.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_store_each_command_once_while_one_stops_and_one_is_killed() {
    let database = TestDatabase::new().await;
    let (first, second) = (serve(&database.url).await, serve(&database.url).await);
    let key = new_key(&database.url).await;
    first.register_all(&key, (0..=OTHERS).map(customer_id)).await;
    let addresses = [first.address, second.address].map(watch::Sender::new);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build();
    let (next, sent_again) = (AtomicU64::new(0), AtomicU64::new(0));
    let client = client.expect("a client");
    let calls = Arc::new(Calls { addresses, key: key.clone(), client, next, sent_again });
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(Arc::clone(&calls).all());
    }

    calls.until(20).await;
    first.stop().await;
    calls.until(40).await;
    let first = serve(&database.url).await;
    calls.addresses[0].send_replace(first.address);
    calls.until(60).await;
    second.kill().await;
    calls.until(80).await;
    let second = serve(&database.url).await;
    calls.addresses[1].send_replace(second.address);
    let known: BTreeMap<u64, Known> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(known.len() as u64, COMMANDS);

    // Every instance shows the last write of every customer, in its state and in lists.
    let last = known.values().max_by_key(|(version, _)| *version).expect("commands");
    for instance in [&first, &second] {
        expect_last_write(instance, &key, last).await;
    }
    first.stop().await;
    second.stop().await;

    let mut log = database.connect().await;
    assert_eq!(idle_in_transaction(&mut log).await, 0);
    let stored: Vec<(String, Uuid, i64, i16, i64)> = query_as(
        "select payload #>> '{data,metadata,note}', split_part(aggregate_id, '/', 2)::uuid, sequence,
                partition, position
           from events where event_type = 'MetadataReplaced'",
    )
    .fetch_all(&mut log)
    .await
    .expect("events");
    assert_eq!(stored.len() as u64, COMMANDS, "each command is stored once");
    for (note, customer, version, partition, position) in stored {
        let number: u64 = note.strip_prefix("note ").expect("a note").parse().expect("a number");
        assert_eq!(customer, Calls::customer(number), "{note}");
        assert_eq!(known[&number], (version, format!("{partition}.{position}")), "{note}");
    }
    let found = expect_sound(&mut log).await;
    assert_eq!(found.customers as u64, OTHERS + 1);
    drop(log);
    let verify = ["verify", "--views", "--all"];
    succeeds(&verify, &[("DATABASE_URL", &database.url)]).await;
    println!("instances: {} requests sent again", calls.sent_again.load(Ordering::Relaxed));
}

/// Requires that an instance shows what was written last.
async fn expect_last_write(instance: &Service, key: &str, (version, position): &Known) {
    let at_least = reqwest::Client::new()
        .get(format!("http://{}/v1/customers", instance.address))
        .bearer_auth(key)
        .header("dossier-at-least", position)
        .send();
    let list: Value = at_least.await.expect("an answer").json().await.expect("a list");
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len() as u64, OTHERS + 1, "{list}");
    for item in items {
        let path = format!("/v1/customers/{}", item["id"].as_str().expect("an id"));
        let (status, customer) = instance.get(key, &path).await;
        assert_eq!((status, &customer), (200, item));
    }
    let busiest = items.iter().filter_map(|item| item["version"].as_i64()).max();
    assert_eq!(busiest, Some(*version));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_give_an_external_id_to_one_of_two_customers() {
    let database = TestDatabase::new().await;
    let (first, second) = (serve(&database.url).await, serve(&database.url).await);
    let key = new_key(&database.url).await;
    for number in 0..40 {
        let register = |instance: &Service, id: u64| {
            let body = json!({
                "id": customer_id(id), "external_id": format!("acme-{number}"),
                "profile": { "name": "Acme" },
            });
            let sent = reqwest::Client::new()
                .post(format!("http://{}/v1/customers", instance.address))
                .bearer_auth(&key)
                .json(&body)
                .send();
            async { sent.await.expect("an answer").status().as_u16() }
        };
        let both = futures::join!(register(&first, 2 * number), register(&second, 2 * number + 1));
        assert!([(201, 409), (409, 201)].contains(&both), "acme-{number}: {both:?}");
    }
    let mut log = database.connect().await;
    let found = expect_sound(&mut log).await;
    assert_eq!(found.customers, 40);
    first.stop().await;
    second.stop().await;
}
