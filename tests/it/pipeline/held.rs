//! An instance whose batches are delayed, so that one is being stored while the next is decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgConnection;
use store::{
    Answer, Expected, Limits, Options, Pending, Reference, Store, StoreError, Submission, Target,
};
use tests::{Draft, HeldHead, Proxy, TestApp, customer_id, expect_sound};

/// An instance over a proxy, whose batches wait for a locked head.
pub(super) struct Held {
    pub(super) app: TestApp,
    pub(super) proxy: Proxy,
    pub(super) store: Store,
    pub(super) connection: PgConnection,
    head: Option<HeldHead>,
}

/// A queued command, and how often it was decided.
pub(super) struct Queued {
    pub(super) pending: Pending,
    pub(super) decided: Arc<AtomicU64>,
}

impl Held {
    /// Registers customers 1 to 6. Number 1 has the alias `moving` and the external id `acme`.
    pub(super) async fn new() -> Self {
        let app = TestApp::new().await;
        let proxy = Proxy::to(&app.database).await;
        let writers = Limits { queue_max: 1_024, batch_max: 64, connections_max: 3 };
        let options = Options { readers_max: 1, writers, ..Options::new(proxy.options.clone()) };
        let store = Store::open(&options).await.expect("a store");
        for number in 1..=6 {
            Draft::register(app.tenant, customer_id(number)).happens(&store).await;
        }
        let connection = app.database.connect().await;
        let held = Self { app, proxy, store, connection, head: None };
        let named = held.on(1).command("set-aliases", json!({ "aliases": ["moving"] }));
        let named = named.command("change-external-id", json!({ "external_id": "acme" }));
        named.command("replace-metadata", json!({ "metadata": {} })).happens(&held.store).await;
        held
    }

    pub(super) fn on(&self, number: u64) -> Draft {
        Draft::on(self.app.tenant, customer_id(number))
    }

    pub(super) fn aliases(&self, number: u64, aliases: &[&str]) -> Draft {
        self.on(number).command("set-aliases", json!({ "aliases": aliases }))
    }

    pub(super) fn parent(&self, number: u64, parent: u64) -> Draft {
        let body = json!({ "parent_customer_id": customer_id(parent) });
        self.on(number).command("set-parent", body)
    }

    pub(super) fn note(&self, number: u64, text: &str) -> Draft {
        Draft::note(self.app.tenant, customer_id(number), text)
    }

    /// Makes the database refuse events that the service accepts.
    pub(super) async fn refuse_the_unheard_of(&mut self) {
        sqlx::query(
            "alter table events add constraint no_such_thing
               check (payload::text not like '%unheard-of%')",
        )
        .execute(&mut self.connection)
        .await
        .expect("a constraint that the service doesn't know");
    }

    pub(super) async fn hold(&mut self) {
        self.head = Some(HeldHead::of(&self.app).await);
    }

    pub(super) async fn let_go(&mut self) {
        self.head.take().expect("a head that is held").let_go().await;
    }

    /// Waits until this many sessions of the service wait for the head.
    pub(super) async fn until_blocked(&mut self, sessions: i64) {
        tests::until_blocked(&mut self.connection, sessions).await;
    }

    pub(super) async fn queue(&self, submission: Submission) -> Queued {
        queue(&self.store, submission).await
    }

    pub(super) async fn sound(&mut self) {
        expect_sound(&mut self.connection).await;
    }
}

pub(super) async fn queue(store: &Store, mut submission: Submission) -> Queued {
    let decided = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&decided);
    let render = submission.render;
    submission.render = Box::new(move |outcome| {
        counted.fetch_add(1, Ordering::Relaxed);
        render(outcome)
    });
    let pending = store.submit_patiently(submission).await.expect("room");
    Queued { pending, decided }
}

impl Queued {
    /// Waits until it was decided, on top of the batch in flight.
    pub(super) async fn until_decided(&self) {
        let begun = Instant::now();
        while self.decided.load(Ordering::Relaxed) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(4), "not decided ahead");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(super) async fn result(self) -> Result<Answer, StoreError> {
        let waited = tokio::time::timeout(Duration::from_secs(30), self.pending.answer()).await;
        waited.expect("an answer in time")
    }

    pub(super) async fn happens(self) -> Answer {
        let answer = self.result().await.expect("an answer");
        assert_eq!(answer.rendered.status, 200, "{}", answer.rendered.body);
        answer
    }

    pub(super) async fn refused_as(self, why: &str) {
        let answer = self.result().await.expect("an answer");
        assert_eq!(answer.rendered.status, 409, "{why}: {}", answer.rendered.body);
        assert!(answer.rendered.body.contains(why), "{why}: {}", answer.rendered.body);
    }
}

pub(super) fn expecting(draft: &Draft, version: i64) -> Submission {
    Submission { expected: Expected::Version(version), ..draft.submission() }
}

pub(super) fn only_trying(draft: &Draft, version: i64) -> Submission {
    Submission { dry_run: true, ..expecting(draft, version) }
}

/// The same commands on the customer with that name.
pub(super) fn by(reference: Reference, draft: &Draft) -> Submission {
    let mut submission = draft.submission();
    if let Target::Customer { reference: named, .. } = &mut submission.target {
        *named = reference;
    }
    submission
}
