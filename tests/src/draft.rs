//! Commands submitted to the store directly, for tests of the writer.

use std::collections::BTreeMap;

use domain::customer::Command;
use domain::{CustomerId, tenant};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{
    Answer, Expected, Idempotency, Metadata, Outcome, Reference, Rendered, Store, StoreError,
    Submission, Target, TenantRef,
};
use uuid::Uuid;

use crate::Chance;

/// Commands on one customer, which may be sent any number of times.
#[derive(Clone, Debug)]
pub struct Draft {
    tenant: TenantRef,
    customer: CustomerId,
    commands: Vec<Command>,
    key: Option<String>,
}

impl Draft {
    /// No commands yet.
    #[must_use]
    pub fn on(tenant: TenantRef, customer: Uuid) -> Self {
        Self { tenant, customer: CustomerId(customer), commands: Vec::new(), key: None }
    }

    /// Registers the customer.
    #[must_use]
    pub fn register(tenant: TenantRef, customer: Uuid) -> Self {
        let body = json!({ "id": customer, "profile": { "name": "Acme" } });
        Self::on(tenant, customer).command("register-customer", body)
    }

    /// Sets a note of the customer; each new note is one event.
    #[must_use]
    pub fn note(tenant: TenantRef, customer: Uuid, text: &str) -> Self {
        let body = json!({ "metadata": { "note": text } });
        Self::on(tenant, customer).command("replace-metadata", body)
    }

    /// A random command with one of a few names, so many are refused and some change nothing.
    #[must_use]
    pub fn random(tenant: TenantRef, customers: &[Uuid], chance: &mut Chance) -> Self {
        let count = u64::try_from(customers.len()).unwrap_or(u64::MAX);
        let mut any = || customers[usize::try_from(chance.below(count)).unwrap_or_default()];
        let (customer, other) = (any(), any());
        let name = format!("name-{}", chance.below(12));
        let (command, body) = match chance.below(11) {
            0 | 1 => {
                let body = json!({
                    "id": customer, "profile": { "name": name }, "external_id": name
                });
                ("register-customer", body)
            }
            2 => ("update-profile", json!({ "name": name })),
            3 => ("change-external-id", json!({ "external_id": name })),
            4 => ("change-external-id", json!({ "external_id": null })),
            5 => ("set-aliases", json!({ "aliases": [name, format!("also-{name}")] })),
            6 => ("replace-metadata", json!({ "metadata": { "note": name } })),
            7 => ("set-custom-fields", json!({ "fields": { "vat": name } })),
            8 => ("set-parent", json!({ "parent_customer_id": other })),
            9 => ("archive-customer", json!({})),
            _ => ("restore-customer", json!({})),
        };
        Self::on(tenant, customer).command(command, body)
    }

    /// One more command.
    ///
    /// # Panics
    ///
    /// When there is no such command or its body isn't valid.
    #[must_use]
    #[track_caller]
    pub fn command(mut self, name: &str, body: Value) -> Self {
        let command = Command::read(name, body).expect("a command");
        self.commands.push(command.expect("a valid body"));
        self
    }

    /// The idempotency key under which it is sent.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The submission.
    #[must_use]
    pub fn submission(&self) -> Submission {
        let request = format!("{} {:?}", self.customer, self.commands);
        let request_hash = Sha256::digest(request).into();
        let idempotency = self.key.clone().map(|key| Idempotency { key, request_hash });
        let mut metadata = Metadata::from([("actor".to_owned(), "a test".to_owned())]);
        metadata.extend(self.key.clone().map(|key| ("request_id".to_owned(), key)));
        Submission {
            tenant: self.tenant,
            target: Target::Customer {
                reference: Reference::Id(self.customer),
                commands: self.commands.clone(),
                past: BTreeMap::new(),
            },
            expected: Expected::Any,
            idempotency,
            metadata,
            dry_run: false,
            shown: false,
            render: Box::new(render),
        }
    }

    /// Sends it, and waits for the answer.
    ///
    /// # Errors
    ///
    /// Those of [`Store::submit`].
    pub async fn send(&self, store: &Store) -> Result<Answer, StoreError> {
        store.submit(self.submission()).await
    }

    /// Sends all of them at once, and waits for all answers.
    pub async fn send_together(drafts: &[Self], store: &Store) -> Vec<Result<Answer, StoreError>> {
        futures::future::join_all(drafts.iter().map(|draft| draft.send(store))).await
    }

    /// Gives these customers a history: each is registered, then 200 random commands, which `seed`
    /// determines, are sent at once.
    ///
    /// # Panics
    ///
    /// When one of them isn't answered.
    pub async fn history(store: &Store, tenant: TenantRef, customers: &[Uuid], seed: &str) {
        define_custom_field(store, tenant).await;
        for customer in customers {
            Self::register(tenant, *customer).happens(store).await;
        }
        let mut chance = Chance::seeded(seed);
        let drafts: Vec<_> =
            (0..200).map(|_| Self::random(tenant, customers, &mut chance)).collect();
        for answer in Self::send_together(&drafts, store).await {
            answer.expect("an answer");
        }
    }

    /// Sends it, and requires that it is accepted.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn happens(&self, store: &Store) -> Answer {
        let answer = self.send(store).await.expect("an answer");
        assert_eq!(answer.rendered.status, 200, "{}", answer.rendered.body);
        answer
    }
}

/// Defines the unique custom field that random commands set.
///
/// # Panics
///
/// When the tenant refuses it.
pub async fn define_custom_field(store: &Store, tenant: TenantRef) {
    let body = json!({ "key": "vat", "enforce_uniqueness": true });
    let command = tenant::Command::read("add-custom-field-key", body).expect("a command");
    let submission = Submission {
        tenant,
        target: Target::Tenant { commands: vec![command.expect("a valid body")] },
        expected: Expected::Any,
        idempotency: None,
        metadata: Metadata::new(),
        dry_run: false,
        shown: false,
        render: Box::new(render),
    };
    let answer = store.submit(submission).await.expect("an answer");
    assert_eq!(answer.rendered.status, 200, "{}", answer.rendered.body);
}

fn render(outcome: &Outcome) -> Rendered {
    match outcome {
        Outcome::Committed(committed) => Rendered {
            status: 200,
            version: Some(committed.version),
            position: Some(committed.position),
            body: format!("{} events", committed.events.len()),
        },
        Outcome::Refused(refused) => {
            Rendered { status: 409, version: None, position: None, body: format!("{refused:?}") }
        }
    }
}
