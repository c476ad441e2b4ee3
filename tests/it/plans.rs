//! Statements use an index and read no more than they need, whatever the planner's statistics.
//!
//! The database reports the plan of every statement of the service (`auto_explain`), including
//! those inside functions, and the number of touched blocks.

mod console;
mod explained;
mod requests;
mod routes;

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{Executor as _, PgConnection, query_scalar};
use store::api_keys::Scope;
use tests::{Draft, TestApp, customer_id};

use crate::console::visitor::Visitor;

use self::console::pages;
use self::explained::{Notices, Plan};
use self::requests::{Asked, requests};
use self::routes::ask_every_route;

/// The tables that grow with customers or events.
const LARGE: [&str; 16] = [
    "api_keys",
    "audit_entries",
    "billing_configurations",
    "console_sessions",
    "customer_list",
    "customer_list_updates",
    "customer_snapshots",
    "customers",
    "events",
    "field_changes",
    "integration_links",
    "parked_streams",
    "read_audit",
    "read_audit_customers",
    "reservations",
    "tenants",
];
/// A table is large from this many rows on.
const MANY: i64 = 10_000;
/// The maximum of blocks for a statement of the writer or of a follower, per batch.
const BLOCKS_OF_A_BATCH: u64 = 1_000;
/// The statement of metrics and operators that counts parked streams. There are many here, and none
/// in normal operation.
const COUNTS_PARKED: &str = "count(*) as parked";
/// After so many executions in a session PostgreSQL keeps a statement's plan.
const PLANNED_ANEW: u64 = 5;

/// A service with a few customers, whose new sessions get plans.
async fn small() -> TestApp {
    let first = TestApp::new().await;
    // A writer that does not have its state cached folds it from events.
    for number in 1..=2 {
        Draft::register(first.tenant, customer_id(number)).happens(&first.store).await;
        for note in 0..70 {
            let note = format!("{note}");
            Draft::note(first.tenant, customer_id(number), &note).happens(&first.store).await;
        }
    }
    let named = json!({ "external_id": "first" });
    first.command(&customer_id(1).to_string(), "change-external-id", &named).await.expect(200);
    first.settle().await;
    first.store.close().await;
    let mut owner = first.database.connect().await;
    let name: String = query_scalar("select current_database()::text")
        .fetch_one(&mut owner)
        .await
        .expect("a name");
    owner.execute("load 'auto_explain'").await.expect("the module");
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_analyze = on",
        "auto_explain.log_buffers = on",
        "auto_explain.log_timing = off",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_level = 'notice'",
    ] {
        let set = format!("alter database {name} set {setting}");
        owner.execute(&*set).await.expect("a setting of the database");
    }
    first
}

/// Many customers without statistics.
async fn load(first: &TestApp, owner: &mut PgConnection) {
    for (name, value) in [
        ("test.tenant", first.tenant.id.to_string()),
        ("test.partition", first.tenant.partition.to_string()),
        ("synchronous_commit", "off".to_owned()),
    ] {
        sqlx::query("select set_config($1, $2, false)")
            .bind(name)
            .bind(value)
            .execute(&mut *owner)
            .await
            .expect("a setting");
    }
    owner.execute(include_str!("plans/large.sql")).await.expect("many customers");
    for table in LARGE {
        let count = format!("select count(*) from {table}");
        let rows: i64 = query_scalar(&count).fetch_one(&mut *owner).await.expect("a count");
        assert!(rows > MANY, "{table} has {rows} rows");
    }
}

/// Autovacuum would analyse the loaded tables at some point.
async fn without_autovacuum(owner: &mut PgConnection) {
    for table in LARGE {
        let off = format!("alter table {table} set (autovacuum_enabled = off)");
        owner.execute(&*off).await.expect("a setting of the table");
    }
}

/// The activity of an instance, as a list of plans.
struct Watched<'a> {
    notices: &'a Notices,
    app: TestApp,
    operator: TestApp,
    /// The state of the statistics.
    when: &'static str,
    /// The requests.
    statements: BTreeSet<String>,
    /// The findings.
    amiss: Vec<String>,
}

impl<'a> Watched<'a> {
    async fn over(first: &TestApp, notices: &'a Notices, when: &'static str) -> Self {
        let app = first.another_instance().await;
        let operator = app.with_key(app.new_key(&[Scope::Operator]).await);
        Self { notices, app, operator, when, statements: BTreeSet::new(), amiss: Vec::new() }
    }

    fn look(&mut self, plans: &[Plan], doing: &str, blocks_max: u64) {
        self.statements.extend(plans.iter().map(|plan| plan.text.clone()));
        for plan in plans {
            let scans = plan.scans(&LARGE);
            let blocks = plan.blocks();
            if !scans.is_empty() || blocks > blocks_max {
                self.amiss.push(format!(
                    "{}: {doing} touches {blocks} blocks, scans {scans:?}, and uses {:?}: {}",
                    self.when,
                    plan.all("Index Name"),
                    plan.text
                ));
            }
        }
    }

    /// Sends everything once. Blocks are not checked: a session's first statements read the
    /// catalogue.
    async fn ask_everything(&mut self) {
        for asked in requests() {
            let plans = self.pages(&asked, &[]).await;
            self.look(&plans, &asked.path, u64::MAX);
        }
        let mut amiss = ask_every_route(&self.app, false).await;
        amiss.extend(ask_every_route(&self.operator, true).await);
        assert!(amiss.is_empty(), "{}", amiss.join("\n"));
        let plans = self.notices.take();
        self.look(&plans, "a request to every route", u64::MAX);
        self.open_pages(u64::MAX).await;
    }

    /// Opens every page of the console.
    async fn open_pages(&mut self, blocks_max: u64) {
        let visitor = Visitor::arrive(&self.app).await;
        let plans = self.notices.take();
        self.look(&plans, "signing in", blocks_max);
        for path in pages() {
            visitor.open(&path).await.expect(200);
            let plans = self.notices.take();
            self.look(&plans, &path, console::blocks_max(&path, blocks_max));
        }
    }

    /// The plans of a first page, and of the next, which uses another statement.
    async fn pages(&self, asked: &Asked, at_least: &[(&str, &str)]) -> Vec<Plan> {
        let path = &asked.path;
        let page = self.app.get_with(path, at_least).await;
        // Some requested objects do not exist before they are loaded.
        let page = if page.status == 404 && at_least.is_empty() {
            json!({})
        } else {
            page.expect(200).json()
        };
        let mut plans = self.notices.take();
        if let Some(cursor) = page["next_cursor"].as_str() {
            let join = if path.contains('?') { '&' } else { '?' };
            self.app.get(&format!("{path}{join}cursor={cursor}")).await.expect(200);
            plans.extend(self.notices.take());
        }
        plans
    }

    /// Writes a new event, and returns the plans and the new position.
    async fn write(&mut self, number: u64) -> (Vec<Plan>, String) {
        let app = self.app.clone();
        let written = app.register(customer_id(number), "Acme").await;
        for (customer, command, body) in [
            (1, "update-profile", json!({ "name": format!("Other {number}") })),
            (2, "change-external-id", json!({ "external_id": format!("another {number}") })),
            (number, "set-parent", json!({ "parent_customer_id": customer_id(1) })),
            (1, "revert-to", json!({ "version": 3 })),
        ] {
            app.command(&customer_id(customer).to_string(), command, &body).await.expect(200);
        }
        app.settle().await;
        (self.notices.take(), written.header("dossier-position").to_owned())
    }

    async fn look_at_everything(&mut self, number: u64) {
        let (plans, position) = self.write(number).await;
        self.look(&plans, "following", BLOCKS_OF_A_BATCH);

        // There are no records of that time. It visits each tenant.
        self.app.store.purge_reads(36_500).await.expect("a purge");
        let plans = self.notices.take();
        self.look(&plans, "purging", u64::MAX);

        for asked in requests() {
            let plans = self.pages(&asked, &[("dossier-at-least", &position)]).await;
            self.look(&plans, &asked.path, asked.blocks);
            let used: Vec<_> = plans.iter().flat_map(|plan| plan.all("Index Name")).collect();
            if !asked.index.is_empty() && !used.contains(&asked.index) {
                self.amiss.push(format!("{}: {} uses {used:?}", self.when, asked.path));
            }
        }
        let refused = ask_every_route(&self.app, false).await;
        self.app.settle().await;
        let plans = self.notices.take();
        let (counts, plans): (Vec<_>, Vec<_>) =
            plans.into_iter().partition(|plan| plan.text.contains(COUNTS_PARKED));
        self.look(&plans, "a request to every route", BLOCKS_OF_A_BATCH);
        self.look(&counts, "metrics", u64::MAX);
        self.amiss.extend(refused);

        let refused = ask_every_route(&self.operator, true).await;
        let plans = self.notices.take();
        self.look(&plans, "a request to every route of operators", u64::MAX);
        self.amiss.extend(refused);

        self.open_pages(BLOCKS_OF_A_BATCH).await;

        for statement in [
            "from checkpoints as k",
            "from events\n",
            "from customer_snapshots as s",
            "from parked_streams as s",
            "from log_heads as h",
            "insert into customer_list ",
            "insert into customer_list_updates",
            "update checkpoints as c",
        ] {
            let sent = self.statements.iter().any(|text| text.contains(statement));
            assert!(sent, "{}: nobody sent {statement}", self.when);
        }
    }
}

#[tokio::test]
async fn no_route_scans_a_large_table() {
    let first = small().await;
    let mut owner = first.database.connect().await;
    without_autovacuum(&mut owner).await;
    // The plans of this part are not checked.
    owner.execute("set auto_explain.log_min_duration = -1").await.expect("a setting");
    let (notices, _guard) = Notices::start();

    // Plans that were cached while the tables were empty.
    let mut kept = Watched::over(&first, &notices, "planned over empty tables").await;
    for number in 0..=PLANNED_ANEW {
        kept.ask_everything().await;
        kept.write(1_000 + number).await;
    }
    load(&first, &mut owner).await;
    kept.look_at_everything(1_100).await;
    let mut amiss = kept.amiss;

    let mut unknown = Watched::over(&first, &notices, "without statistics").await;
    unknown.ask_everything().await;
    unknown.look_at_everything(1_101).await;
    amiss.append(&mut unknown.amiss);

    owner.execute("vacuum analyze").await.expect("statistics");
    let mut known = Watched::over(&first, &notices, "with statistics").await;
    known.ask_everything().await;
    known.look_at_everything(1_102).await;
    amiss.append(&mut known.amiss);

    owner.execute(include_str!("plans/million.sql")).await.expect("statistics");
    let mut million = Watched::over(&first, &notices, "with statistics of a million").await;
    million.ask_everything().await;
    million.look_at_everything(1_103).await;
    amiss.append(&mut million.amiss);

    assert!(amiss.is_empty(), "{}", amiss.join("\n"));

    // A scan would be noticed.
    let mut scanner = first.database.connect().await;
    scanner.execute("select count(status) from customer_list").await.expect("a count");
    let plans = notices.take();
    let scans: Vec<_> = plans.iter().flat_map(|plan| plan.scans(&LARGE)).collect();
    assert_eq!(scans, ["customer_list"]);
    assert!(plans.iter().any(|plan| plan.blocks() > BLOCKS_OF_A_BATCH));

    // An audit reads no more than its page, even if sorting the few matches would be cheap.
    sqlx::query(
        "select find_audit_entries($1, $2, null, '/status', null, null, null, null, null, null, null,
                                   null, null, null, 110000, 120000, false, 50, 2000)",
    )
    .bind(first.tenant.partition.number())
    .bind(first.tenant.id.0)
    .execute(&mut scanner)
    .await
    .expect("a page");
    let plans = notices.take();
    let read = plans.iter().find(|plan| plan.text.contains("from field_changes as f"));
    let nodes = read.expect("it was reported").all("Node Type");
    assert!(!nodes.contains(&"Sort"), "{nodes:?}");
}

#[tokio::test]
async fn only_tables_that_have_doubled_are_analysed() {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    without_autovacuum(&mut owner).await;
    let analyze = async || store::analyze_grown(&app.database.options).await.expect("statistics");
    analyze().await;
    assert!(analyze().await.is_empty(), "nothing has grown since");

    let many = "insert into reservations (partition, tenant_id, kind, key, holder)
                select 1, gen_random_uuid(), 'external_id', n::text, gen_random_uuid()
                  from generate_series(1, 20000) as n";
    owner.execute(many).await.expect("reservations");
    assert_eq!(analyze().await, ["reservations"]);
    let known = "select reltuples::bigint from pg_class where relname = 'reservations'";
    let rows: i64 = query_scalar(known).fetch_one(&mut owner).await.expect("statistics");
    assert_eq!(rows, 20_000);
    assert!(analyze().await.is_empty());
}
