//! Writers: many commands in each request, repeated until every line is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tests::Chance;
use tokio::sync::watch;
use uuid::Uuid;

/// Customers with commands in one request.
const TOGETHER: u64 = 4;
/// How long a request is repeated.
const PATIENCE: Duration = Duration::from_mins(3);

/// Data that all writers share.
pub(super) struct Writing {
    /// The addresses of the two instances.
    pub(super) addresses: [watch::Receiver<SocketAddr>; 2],
    pub(super) client: reqwest::Client,
    /// Whether there are enough events.
    pub(super) enough: AtomicBool,
    pub(super) customers: AtomicU64,
    pub(super) sent_again: AtomicU64,
}

/// A command to execute once.
struct Line {
    text: String,
    key: String,
}

/// The answer to a line.
#[derive(Deserialize)]
struct Answered {
    line: usize,
    status: u16,
}

impl Writing {
    /// Registers customers and changes them, one request after another, until there are enough
    /// events. Mostly through one of the instances.
    pub(super) async fn write(self: Arc<Self>, key: String, mut chance: Chance, mostly: usize) {
        while !self.enough.load(Ordering::Relaxed) {
            let mut lines = Vec::new();
            for _ in 0..TOGETHER {
                let number = self.customers.fetch_add(1, Ordering::Relaxed);
                lines.extend(life(number, &mut chance));
            }
            self.insist(&key, lines, &mut chance, mostly).await;
        }
    }

    /// Sends lines until each is answered: lines with an unknown outcome are repeated under their
    /// keys.
    async fn insist(&self, key: &str, mut lines: Vec<Line>, chance: &mut Chance, mostly: usize) {
        let begun = Instant::now();
        loop {
            let instance = if chance.percent(80) { mostly } else { 1 - mostly };
            let answered = self.send(key, &lines, instance).await;
            let mut nth = 0;
            lines.retain(|_| {
                nth += 1;
                !answered.contains(&nth)
            });
            if lines.is_empty() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{} gets no answer", lines[0].key);
            self.sent_again.fetch_add(lines.len() as u64, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends lines once, and returns the numbers of the finished ones, from 1.
    async fn send(&self, key: &str, lines: &[Line], instance: usize) -> Vec<usize> {
        let address = *self.addresses[instance].borrow();
        let texts: Vec<_> = lines.iter().map(|line| &*line.text).collect();
        let body = texts.join("\n");
        let sent = self
            .client
            .post(format!("http://{address}/v1/commands"))
            .bearer_auth(key)
            .header("content-type", "application/x-ndjson")
            .header("x-actor", format!("clerk {instance}"))
            .header("x-reason", "a life")
            .body(body);
        let Ok(mut answer) = sent.send().await else { return vec![] };
        if answer.status() != 200 {
            return vec![];
        }
        // A killed instance leaves an incomplete last line, or unanswered lines.
        let mut text = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            text.extend_from_slice(&chunk);
        }
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let answers = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let mut done = Vec::new();
        for answer in answers {
            let Answered { line, status } = serde_json::from_slice(answer).expect("an answer");
            match status {
                200 | 201 => done.push(line),
                503 => {}
                _ => panic!("{}: {}", lines[line - 1].text, String::from_utf8_lossy(answer)),
            }
        }
        done
    }
}

/// The commands of a customer: it is registered, and alternates between two states, changing
/// everything each time.
fn life(number: u64, chance: &mut Chance) -> Vec<Line> {
    let id = Uuid::from_u64_pair(chance.number(), chance.number());
    let register = json!({
        "id": id, "external_id": format!("customer-{number}"),
        "profile": { "name": format!("Customer {number}"), "email": format!("c{number}@a.example") },
        "metadata": { "segment": "new", "source": format!("{}", number % 7) },
    });
    let mut commands = vec![("register-customer", register)];
    for nth in 0..10 + chance.below(20) {
        let entity = ["contact", "company"][usize::try_from(nth % 2).expect("0 or 1")];
        commands.push((
            "map-integration",
            json!({ "provider_type": format!("crm{}", nth % 3), "entity_type": entity,
                    "provider_entity_id": format!("{number}-{nth}") }),
        ));
    }
    for nth in 0..=chance.below(4) {
        let id = Uuid::from_u64_pair(chance.number(), chance.number());
        commands.push(("add-billing-config", billing(id, number, nth)));
    }
    let name = format!("CUSTOMER {number} Ltd");
    commands.extend([
        ("update-profile", json!({ "name": name, "email": null, "org_name": name })),
        ("replace-metadata", json!({ "metadata": { "segment": "old", "a/b": "~" } })),
        ("change-external-id", json!({ "external_id": format!("was-{number}") })),
        (
            "set-billable-status",
            json!({ "value": "unbillable", "effective_at": "2026-01-01T00:00:00Z" }),
        ),
    ]);
    let all = commands.len();
    for nth in 0..4 + chance.below(8) {
        let version = if nth % 2 == 0 { 1 } else { all };
        commands.push(("revert-to", json!({ "version": version })));
    }
    if chance.percent(30) {
        commands.push(("archive-customer", json!({})));
        if chance.percent(50) {
            commands.push(("restore-customer", json!({})));
        }
    }
    let line = |(nth, (command, body)): (usize, (&str, Value))| {
        let key = format!("{number}-{nth}");
        let customer = (nth > 0).then_some(id);
        let text = json!({
            "command": command, "customer": customer, "body": body, "idempotency_key": key
        });
        Line { text: text.to_string(), key }
    };
    commands.into_iter().enumerate().map(line).collect()
}

fn billing(id: Uuid, number: u64, nth: u64) -> Value {
    if nth.is_multiple_of(2) {
        json!({ "id": id, "provider": "stripe", "delivery_method": "direct_to_billing_provider",
                "configuration": { "stripe_customer_id": format!("cus_{number}_{nth}"),
                                   "stripe_collection_method": "charge_automatically" } })
    } else {
        json!({ "id": id, "provider": "custom", "delivery_method": "aws_sqs",
                "configuration": { "customer_id": format!("{number}/{nth}"), "more": {} } })
    }
}
