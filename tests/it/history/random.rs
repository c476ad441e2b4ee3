//! All history routes agree for random histories.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use domain::customer::{Customer, Event};
use serde_json::{Value, json};
use sqlx::query_as;
use tests::{Chance, TestApp, customer_id, define_custom_field, with_query};
use uuid::Uuid;

use super::diff::patched;

/// Commands of each history: enough for a snapshot.
const COMMANDS: u64 = 160;

/// A random command. Many are refused or change nothing.
fn any(chance: &mut Chance, customer: u64) -> Value {
    let word = ["a", "b", "c~/d", ""][usize::try_from(chance.below(4)).expect("small")];
    let number = chance.below(4);
    let id = customer_id(0xc0 + customer * 10 + number);
    let nullable = if word.is_empty() { Value::Null } else { json!(word) };
    let name = format!("name-{customer}-{number}");
    let (command, body) = match chance.below(20) {
        0 => ("update-profile", json!({ "name": name, "title": nullable })),
        1 => ("update-profile", json!({ "address": { "city": nullable, "line1": nullable } })),
        2 => ("update-profile", json!({ "tags": [name, "x"], "address": null })),
        3 => ("change-external-id", json!({ "external_id": nullable })),
        4 => ("set-aliases", json!({ "aliases": [name] })),
        5 => ("replace-metadata", json!({ "metadata": { "k/~": word, name: "v" } })),
        6 => ("set-custom-fields", json!({ "fields": { "vat": name } })),
        7 => ("delete-custom-fields", json!({ "keys": ["vat"] })),
        8 => (
            "add-billing-config",
            json!({
                "id": id, "provider": "custom", "delivery_method": "aws_sqs",
                "configuration": { "of": word, "deep": { "n": number, "none": null }, "empty": {} },
            }),
        ),
        9 => ("archive-billing-configs", json!({ "ids": [id] })),
        10 => (
            "map-integration",
            json!({
                "provider_type": "a:b", "provider_entity_id": name, "metadata": { "k": word },
            }),
        ),
        11 => ("unmap-integration", json!({ "provider_type": "a:b", "provider_entity_id": name })),
        12 => ("attach-payment-profile", json!({ "id": name, "status": "ACTIVE" })),
        13 => ("detach-payment-profile", json!({ "id": name })),
        14 => (
            "set-default-payment-profile",
            json!({
                "payment_profile_id": name, "auto_pay": number > 1,
            }),
        ),
        15 => (
            "set-tax-settings",
            json!({ "treatment": if number > 1 { "exempt" } else { "taxable" } }),
        ),
        16 if number == 0 => ("archive-customer", json!({})),
        16 | 17 => ("restore-customer", json!({})),
        _ => ("revert-to", json!({ "version": 1 + chance.below(40) })),
    };
    json!({ "command": command, "body": body })
}

/// A stored event: version, time, payload, actor.
type Stored = (i64, DateTime<Utc>, String, String);

/// A customer, and the fold of its stored events.
struct Answers {
    path: String,
    /// The time of each version, from 1.
    times: Vec<DateTime<Utc>>,
    /// The document at each version.
    documents: Vec<Value>,
}

impl Answers {
    /// Reads the stored events and folds them from the beginning.
    async fn read(app: &TestApp, customer: Uuid) -> Self {
        let mut owner = app.database.connect().await;
        let stored: Vec<Stored> = query_as(
            "select sequence, recorded_at, payload::text,
                    coalesce(metadata ->> 'actor', metadata ->> 'api_key')
               from events where aggregate_type = 'customer' and split_part(aggregate_id, '/', 2) = $1
              order by sequence",
        )
        .bind(customer.to_string())
        .fetch_all(&mut owner)
        .await
        .expect("events");
        let (mut state, mut documents) = (Customer::default(), Vec::new());
        let (_, created_at, _, created_by) = stored.first().expect("a registration").clone();
        for (version, at, payload, by) in &stored {
            let event: Event = serde_json::from_str(payload).expect("an event");
            state = state.evolve(event);
            let mut document = serde_json::to_value(&state).expect("JSON");
            let envelope = json!({
                "id": customer, "version": version, "created_at": text(created_at),
                "created_by": created_by, "updated_at": text(*at), "updated_by": by,
            });
            let members = document.as_object_mut().expect("an object");
            members.extend(envelope.as_object().expect("an object").clone());
            documents.push(document);
        }
        let path = format!("/v1/customers/{customer}");
        Self { path, times: stored.into_iter().map(|(_, at, ..)| at).collect(), documents }
    }

    fn version_at(&self, time: DateTime<Utc>) -> usize {
        self.times.iter().filter(|at| **at <= time).count()
    }

    async fn expect_versions(&self, app: &TestApp) {
        for (version, document) in (1..).zip(&self.documents) {
            let then = app.get(&format!("{}?version={version}", self.path)).await.expect(200);
            assert_eq!(then.json(), *document);
        }
    }

    async fn expect_instants(&self, app: &TestApp) {
        let microseconds = |nth: usize| {
            let next = self.times.get(nth + 1).map(|next| *next - self.times[nth]);
            next.and_then(|until| until.num_microseconds()).unwrap_or(1_000_000)
        };
        for (nth, at) in self.times.iter().enumerate() {
            for shift in [-1, 0, 1, microseconds(nth) / 2, microseconds(nth) - 1] {
                let time = *at + Duration::microseconds(shift);
                let reply = app.get(&with_query(&self.path, &[("as_of", &text(time))])).await;
                match self.version_at(time) {
                    0 => drop(reply.expect_problem(404, "not_registered_then")),
                    version => {
                        assert_eq!(reply.expect(200).json(), self.documents[version - 1], "{time}");
                    }
                }
            }
        }
    }

    async fn expect_diffs(&self, app: &TestApp, chance: &mut Chance) {
        let count = u64::try_from(self.documents.len()).expect("a count");
        for _ in 0..40 {
            let mut any = || usize::try_from(chance.below(count)).expect("an index");
            let (from, to) = (any(), any());
            let (old, new) = (&self.documents[from], &self.documents[to]);
            let asked = format!("{}/diff?from={}&to={}", self.path, from + 1, to + 1);
            let diff = app.get(&asked).await.expect(200).json();
            assert_eq!(patched(&old.to_string(), &diff), *new, "{asked}");
            let mut leaves = leaves_of(old);
            apply(&mut leaves, diff["changes"].as_array().expect("changes"));
            assert_eq!(leaves, leaves_of(new), "{asked}");
        }
    }

    /// Applies all changes, one version after another: they yield each document's fields, and blame
    /// shows the last change of each field.
    async fn expect_changes_and_blame(&self, app: &TestApp) {
        let changes =
            app.list(&format!("{}/changes", self.path), &[("order", "oldest")], 200).await;
        let (mut leaves, mut set) =
            (BTreeMap::from([("/status".to_owned(), json!("unregistered"))]), BTreeMap::new());
        for (version, document) in (1..).zip(&self.documents) {
            let of_version: Vec<_> =
                changes.iter().filter(|change| change["version"] == version).cloned().collect();
            for change in &of_version {
                set.insert(change["field"].as_str().expect("a field").to_owned(), change.clone());
            }
            apply(&mut leaves, &of_version);
            assert_eq!(leaves, leaves_of(document), "version {version}");
            if version % 7 != 0 && version != i64::try_from(self.documents.len()).expect("few") {
                continue;
            }
            let asked = format!("{}/blame?version={version}", self.path);
            let blame = app.get(&asked).await.expect(200).json();
            let fields = blame["fields"].as_array().expect("fields");
            assert_eq!(fields.len(), leaves.len(), "{asked}");
            for field in fields {
                let name = field["field"].as_str().expect("a field");
                assert_eq!(field["value"], leaves[name], "{asked} {name}");
                for member in ["version", "position", "recorded_at", "type", "actor", "reason"] {
                    assert_eq!(field.get(member), set[name].get(member), "{asked} {name}");
                }
            }
        }
    }
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Sets each field to its new value; requires that it had the stated old one.
fn apply(leaves: &mut BTreeMap<String, Value>, changes: &[Value]) {
    for change in changes {
        let field = change["field"].as_str().expect("a field");
        assert_eq!(leaves.remove(field).as_ref(), change.get("old"), "{field}");
        leaves.extend(change.get("new").map(|new| (field.to_owned(), new.clone())));
    }
}

/// The fields of a document by pointer.
fn leaves_of(document: &Value) -> BTreeMap<String, Value> {
    let mut state = document.clone();
    let members = state.as_object_mut().expect("an object");
    for envelope in ["id", "version", "created_at", "created_by", "updated_at", "updated_by"] {
        members.remove(envelope);
    }
    for list in ["/billing_configs", "/payment/profiles", "/integrations"] {
        let Some(place) = state.pointer_mut(list) else { continue };
        let named = place.as_array().expect("a list").iter().map(|item| {
            let text = |name: &str| item[name].as_str().expect("a text").to_owned();
            let name = match list {
                "/integrations" => {
                    text("provider_type").replace(':', r"\:") + ":" + &text("provider_entity_id")
                }
                _ => text("id"),
            };
            (name, item.clone())
        });
        *place = Value::Object(named.collect());
    }
    let mut leaves = BTreeMap::new();
    collect(&mut leaves, "", &state);
    leaves
}

fn collect(leaves: &mut BTreeMap<String, Value>, at: &str, value: &Value) {
    let Some(members) = value.as_object().filter(|members| !members.is_empty()) else {
        leaves.insert(at.to_owned(), value.clone());
        return;
    };
    for (name, value) in members {
        let name = name.replace('~', "~0").replace('/', "~1");
        collect(leaves, &format!("{at}/{name}"), value);
    }
}

#[tokio::test]
async fn every_history_route_agrees_for_random_histories() {
    let app = TestApp::new().await;
    define_custom_field(&app.store, app.tenant).await;
    let mut chance = Chance::seeded("any history");
    for customer in 1..=3 {
        app.register(customer_id(customer), "Acme").await;
        let path = format!("/v1/customers/{}/commands", customer_id(customer));
        for _ in 0..COMMANDS {
            let together = 1 + chance.below(3) / 2;
            let commands: Vec<_> = (0..together).map(|_| any(&mut chance, customer)).collect();
            let said = [("x-actor", "ada"), ("x-reason", "because")];
            let said = if chance.percent(50) { &said[..] } else { &[] };
            let reply = app.post_with(&path, &json!({ "commands": commands }), said).await;
            assert!(reply.status.as_u16() < 500, "{commands:?}: {}", reply.body);
        }
    }
    app.settle().await;
    for customer in 1..=3 {
        let answers = Answers::read(&app, customer_id(customer)).await;
        assert!(answers.documents.len() > 30, "only {} versions", answers.documents.len());
        answers.expect_versions(&app).await;
        answers.expect_instants(&app).await;
        answers.expect_diffs(&app, &mut chance).await;
        answers.expect_changes_and_blame(&app).await;
    }
}
