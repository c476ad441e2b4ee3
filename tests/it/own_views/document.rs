//! The code of `docs/cqrs-es.md`, which is this file's from the first line of dashes to the second.

use std::fs;
use std::path::Path;

use super::execute;
use domain::CustomerId;
use serde_json::json;
use tests::{TestApp, customer_id};

// --------
use std::error::Error;
use std::sync::Arc;

use cqrs_es::persist::{GenericQuery, QueryReplay, ViewRepository as _};
use cqrs_es::{EventEnvelope, View};
use domain::customer::{Customer, Event};
use postgres_es::PostgresViewRepository;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPool};
use store::cqrs::{ViewProjection, make_view_tables};
use store::projections::Projections;
use store::{Options, Store, TenantRef};

/// How often a customer's profile was changed, and when for the last time.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Changes(u64, Option<String>);

impl View<Customer> for Changes {
    fn update(&mut self, event: &EventEnvelope<Customer>) {
        if let Event::ProfileUpdated(_) = &event.payload {
            *self = Self(self.0 + 1, event.metadata.get("recorded_at").cloned());
        }
    }
}

/// The view as a read model of the service.
async fn follow(
    owner: &PgConnectOptions,
) -> Result<(Store, ViewProjection<Changes>), Box<dyn Error>> {
    let changes = ViewProjection::new("changes", 1)?;
    let projections = Projections::default().with(changes);
    make_view_tables(owner, &projections).await?;
    let options = Options { projections, followers: 2, ..Options::new(owner.clone()) };
    Ok((Store::open(&options).await?, changes))
}

/// The same view in a database of your own, from all events of a tenant.
async fn replay(store: &Store, tenant: TenantRef, pool: PgPool) -> Result<(), Box<dyn Error>> {
    let views = PostgresViewRepository::<Changes, Customer>::new("my_changes", pool);
    let query = GenericQuery::new(Arc::new(views));
    let mut replay = QueryReplay::new(store.log_repository(tenant), query);
    replay.use_error_handler(Box::new(|error| panic!("the replay is not whole: {error}")));
    Ok(replay.replay_all().await?)
}
// --------

#[tokio::test]
async fn the_document_s_program_does_what_the_document_says() {
    let app = TestApp::new().await;
    let id = customer_id(1);
    let (store, changes) = follow(&app.database.options).await.expect("a store");
    app.register(id, "Acme").await;
    let name = json!({ "name": "Acme Ltd" });
    let reply = app.command(&id.to_string(), "update-profile", &name).await.expect(200).json();
    let (_, position) = reply["position"].as_str().and_then(|it| it.split_once('.')).expect("one");

    let views = store.views(changes, app.tenant);
    assert!(views.reached(position.parse().expect("a number")).await.expect("an answer"));
    let view = views.load(&id.to_string()).await.expect("a read").expect("a view");
    assert_eq!(view.0, 1);

    let mut owner = app.database.connect().await;
    let table = "create table my_changes (view_id text primary key, version bigint, payload json)";
    execute(&mut owner, table).await;
    let pool = PgPool::connect(&app.database.url).await.expect("connections");
    replay(&store, app.tenant, pool.clone()).await.expect("a replay");
    let stock = PostgresViewRepository::<Changes, Customer>::new("my_changes", pool);
    let stream = format!("{}/{}", app.tenant.id, CustomerId(id));
    assert_eq!(stock.load(&stream).await.expect("a read"), Some(view));
    store.close().await;
}

#[test]
fn the_document_s_code_is_what_runs_here() {
    let file = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let document = file("../docs/cqrs-es.md");
    let (_, shown) = document.split_once("```rust\n").expect("a block of Rust");
    let (shown, _) = shown.split_once("```").expect("its end");
    let here = file("it/own_views/document.rs");
    let runs = here.split("// --------\n").nth(1).expect("the code between the dashes");
    assert_eq!(shown, runs);
    let lines = runs.lines().filter(|line| !line.starts_with("use ") && !line.is_empty()).count();
    assert!(lines <= 40, "{lines} lines");
}
