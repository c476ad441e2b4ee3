//! A program's own views of cqrs-es are read models like the service's, and its tools read the log.

mod document;
mod followed;
mod log;
mod parked;
mod rebuilt;
mod snapshots;
mod tenants;

use std::collections::HashMap;

use cqrs_es::persist::ViewRepository as _;
use cqrs_es::{EventEnvelope, View};
use domain::customer::Customer;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgConnection, query, query_scalar};
use store::cqrs::{ViewProjection, ViewStore};
use store::projections::Projections;
use tests::{TestApp, customer_id};
use uuid::Uuid;

/// What a view has seen of a customer.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    /// The version that each event made, in the order in which they came.
    versions: Vec<usize>,
    /// How many events of each name there were. A map whose order is another in each process.
    names: HashMap<String, u64>,
    /// Who did what came last, and when.
    last: Option<(String, String)>,
}

impl View<Customer> for Seen {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        self.versions.push(event.sequence);
        *self.names.entry(event.payload.name().to_owned()).or_default() += 1;
        let of = |name: &str| event.metadata.get(name).cloned().unwrap_or_default();
        self.last = Some((of("actor"), of("recorded_at")));
    }
}

/// A service whose program has that view.
async fn with_seen() -> (TestApp, ViewProjection<Seen>) {
    let seen = ViewProjection::new("seen", 1).expect("a name");
    let app = TestApp::with_views(&Projections::default().with(seen)).await;
    (app, seen)
}

/// The view of a customer once everything is followed.
async fn seen(app: &TestApp, view: ViewProjection<Seen>, customer: Uuid) -> Option<Seen> {
    app.settle().await;
    load(&app.store.views(view, app.tenant), &customer.to_string()).await
}

async fn load<V: View<Customer> + 'static>(views: &ViewStore<V>, id: &str) -> Option<V> {
    views.load(id).await.expect("a read")
}

async fn rename(app: &TestApp, number: u64, name: &str) {
    let body = json!({ "name": name });
    app.command(&customer_id(number).to_string(), "update-profile", &body).await.expect(200);
}

/// The versions of a customer in the log.
async fn logged(owner: &mut PgConnection, app: &TestApp, customer: Uuid) -> Vec<usize> {
    let versions: Vec<i64> = query_scalar(
        "select sequence from events
          where aggregate_type = 'customer' and aggregate_id = $1 order by sequence",
    )
    .bind(format!("{}/{customer}", app.tenant.id))
    .fetch_all(owner)
    .await
    .expect("versions");
    versions.into_iter().map(|version| usize::try_from(version).expect("a version")).collect()
}

async fn execute(owner: &mut PgConnection, statement: &str) {
    query(statement).execute(owner).await.expect(statement);
}
