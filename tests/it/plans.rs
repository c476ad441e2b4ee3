//! No statement of everyday work reads a large table from end to end.
//!
//! The database tells the plan of every statement that the service really sends (`auto_explain`),
//! those within functions, too.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection, query_as};
use tests::{Draft, TestApp, customer_id, with_query};
use tracing_subscriber::util::SubscriberInitExt as _;

/// A table is large from this many rows on.
const LARGE: f32 = 10_000.0;

/// What the sessions of a test's thread were told by the database.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Told {
    /// Keeps notices for as long as the guard lives.
    fn start() -> (Self, impl Drop) {
        let told = Self::default();
        let writer = told.clone();
        let log = tracing_subscriber::fmt()
            .json()
            .with_env_filter("sqlx::postgres::notice=trace")
            .with_writer(move || writer.clone());
        (told, log.finish().set_default())
    }

    /// The plans that were told since they were last taken.
    fn take(&self) -> Vec<Plan> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("no panic while writing"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        let plan = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let message = line["fields"]["message"].as_str().expect("a message");
            let (_, plan) = message.split_once("plan:\n")?;
            let plan: Value = serde_json::from_str(plan).expect("a plan in JSON");
            let text = plan["Query Text"].as_str().expect("the statement").to_owned();
            Some(Plan { text, root: plan["Plan"].clone() })
        };
        text.lines().filter_map(plan).collect()
    }
}

/// A statement that was executed, and how.
struct Plan {
    text: String,
    root: Value,
}

impl Plan {
    fn nodes(&self) -> Vec<&Value> {
        let (mut nodes, mut next) = (Vec::new(), vec![&self.root]);
        while let Some(node) = next.pop() {
            next.extend(node["Plans"].as_array().into_iter().flatten());
            nodes.push(node);
        }
        nodes
    }

    /// The values of one member of all nodes.
    fn all(&self, member: &str) -> Vec<&str> {
        self.nodes().iter().filter_map(|node| node[member].as_str()).collect()
    }

    /// The large tables that it reads from end to end.
    fn scans(&self, large: &[String]) -> Vec<String> {
        let nodes = self.nodes().into_iter();
        let scans = nodes.filter(|node| node["Node Type"] == "Seq Scan");
        let tables = scans.filter_map(|node| node["Relation Name"].as_str().map(str::to_owned));
        tables.filter(|table| large.contains(table)).collect()
    }
}

/// A service of which only new sessions are told plans, over a database with many customers.
async fn large() -> TestApp {
    let first = TestApp::new().await;
    // Its state is folded from events by whoever doesn't remember it.
    for number in 1..=2 {
        Draft::register(first.tenant, customer_id(number)).happens(&first.store).await;
        for note in 0..70 {
            let note = format!("{note}");
            Draft::note(first.tenant, customer_id(number), &note).happens(&first.store).await;
        }
    }
    first.settle().await;
    first.store.close().await;
    let mut owner = first.database.connect().await;
    for (name, value) in [
        ("test.tenant", first.tenant.id.to_string()),
        ("test.partition", first.tenant.partition.to_string()),
        ("synchronous_commit", "off".to_owned()),
    ] {
        sqlx::query("select set_config($1, $2, false)")
            .bind(name)
            .bind(value)
            .execute(&mut owner)
            .await
            .expect("a setting");
    }
    owner.execute(include_str!("plans/large.sql")).await.expect("many customers");
    owner.execute("vacuum analyze").await.expect("statistics");
    let name: String = sqlx::query_scalar("select current_database()::text")
        .fetch_one(&mut owner)
        .await
        .expect("a name");
    owner.execute("load 'auto_explain'").await.expect("the module");
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_level = 'notice'",
    ] {
        let set = format!("alter database {name} set {setting}");
        owner.execute(&*set).await.expect("a setting of the database");
    }
    first
}

async fn large_tables(owner: &mut PgConnection) -> Vec<String> {
    let tables: Vec<(String,)> = query_as(
        "select relname::text from pg_class
          where relkind = 'r' and reltuples > $1 and relnamespace = 'public'::regnamespace
          order by relname",
    )
    .bind(LARGE)
    .fetch_all(owner)
    .await
    .expect("tables");
    tables.into_iter().map(|(name,)| name).collect()
}

/// Requests for lists, and an index that must be among those used for each, if it matters which.
fn requests() -> Vec<(String, &'static str)> {
    let customers = |asked: &[(&str, &str)], index| (with_query("/v1/customers", asked), index);
    let configs = |asked: &[(&str, &str)], index| (with_query("/v1/billing-configs", asked), index);
    let audit = |asked: &[(&str, &str)], index| (with_query("/v1/audit", asked), index);
    let reads = |asked: &[(&str, &str)], index| (with_query("/v1/audit/reads", asked), index);
    let feed = |asked: &[(&str, &str)], index| (with_query("/v1/feed", asked), index);
    let flexprice = |asked: &[(&str, &str)], index| {
        (with_query("/compat/flexprice/v1/customers", asked), index)
    };
    let one = customer_id(1).to_string();
    vec![
        customers(&[], "customer_list_created_at"),
        customers(&[("sort", "-created_at")], "customer_list_created_at"),
        customers(&[("sort", "updated_at")], "customer_list_updated_at"),
        customers(&[("sort", "-name")], "customer_list_name"),
        customers(&[("sort", "email")], "customer_list_email"),
        customers(&[("sort", "-external_id")], "customer_list_external_id"),
        customers(&[("name", "Nobody")], "customer_list_labels"),
        customers(&[("status", "active"), ("email", "x@example.com")], "customer_list_labels"),
        customers(&[("metadata[a]", "b"), ("sort", "name")], "customer_list_labels"),
        customers(&[("custom_fields[a]", "b"), ("tag", "c")], "customer_list_labels"),
        customers(&[("parent", &one)], "customer_list_labels"),
        customers(&[("search", "nobody")], "customer_list_words"),
        customers(&[("search", "no body"), ("sort", "-name"), ("status", "active")], ""),
        customers(&[("created_after", "2026-01-02T00:00:00Z")], "customer_list_created_at"),
        customers(
            &[("updated_before", "2026-01-01T01:00:00Z"), ("sort", "-updated_at")],
            "customer_list_updated_at",
        ),
        configs(&[], "billing_configurations_pkey"),
        configs(&[("provider", "custom")], ""),
        configs(
            &[("provider", "stripe"), ("provider_customer_id", "cus_4")],
            "billing_configurations_provider",
        ),
        configs(&[("delivery_method", "aws_sqs"), ("archived", "true")], ""),
        configs(&[("delivery_method_id", &one)], "billing_configurations_delivery_method_id"),
        (format!("/v1/customers/{one}/billing-configs"), "billing_configurations_pkey"),
        (format!("/v1/customers/{one}/children"), "customers_children"),
        (format!("/v1/customers/{one}/payment-profiles"), ""),
        (format!("/v1/customers/{one}"), ""),
        ("/v1/customers/external:e-4".to_owned(), ""),
        (
            "/v1/integration-links?provider_type=crm&provider_entity_id=x7".to_owned(),
            "integration_links_entity",
        ),
        ("/v1/tenant".to_owned(), ""),
        customers(&[("as_of", "2026-06-01T00:00:00Z")], "customer_list_created_at"),
        customers(&[("as_of", "2026-06-01T00:00:00Z"), ("name", "Nobody")], ""),
        customers(
            &[("as_of", "2999-01-01T00:00:00Z"), ("sort", "-updated_at")],
            "customer_list_updated_at",
        ),
        customers(&[("as_of", "2999-01-01T00:00:00Z"), ("sort", "name")], "customer_list_name"),
        (format!("/v1/customers/{one}?version=40"), "events_pkey"),
        (format!("/v1/customers/{one}?version=70"), "customer_snapshots_pkey"),
        (format!("/v1/customers/{one}/events"), "events_pkey"),
        (format!("/v1/customers/{one}/events?order=oldest&type=ProfileUpdated"), "events_pkey"),
        (format!("/v1/customers/{one}/events?after=2026-06-01T00:00:00Z"), "events_pkey"),
        (format!("/v1/customers/{one}/changes"), "events_pkey"),
        (
            format!("/v1/customers/{one}/changes?order=oldest&field=/metadata&actor=x"),
            "events_pkey",
        ),
        (format!("/v1/customers/{one}/changes?field=/status"), "field_changes_pkey"),
        (format!("/v1/customers/{one}/diff?from=1&to=70"), "customer_snapshots_pkey"),
        (format!("/v1/customers/{one}/blame"), "field_changes_pkey"),
        audit(&[], "audit_entries_position"),
        audit(&[("order", "oldest")], "audit_entries_position"),
        audit(&[("order", "oldest"), ("limit", "1")], "events_pkey"),
        audit(&[("type", "ProfileUpdated")], "audit_entries_event_type"),
        audit(&[("actor", "actor 7")], "audit_entries_actor"),
        audit(&[("api_key", "key 7")], "audit_entries_api_key"),
        audit(&[("request_id", "request 7")], "audit_entries_request_id"),
        audit(&[("correlation_id", "correlation 7")], "audit_entries_correlation_id"),
        audit(&[("surface", "metronome")], "audit_entries_surface"),
        audit(&[("customer", &one)], "audit_entries_pkey"),
        audit(&[("field", "/status")], "field_changes_field_key"),
        audit(&[("customer", &one), ("field", "/status")], "audit_entries_pkey"),
        audit(&[("type", "ProfileUpdated"), ("actor", "actor 7")], "audit_entries_actor"),
        audit(&[("after", "2026-01-02T00:00:00Z"), ("order", "oldest")], "events_position"),
        audit(&[("before", "2027-01-02T00:00:00Z"), ("surface", "native")], "events_position"),
        reads(&[], "read_audit_read_at"),
        reads(&[("api_key", "key 7")], "read_audit_api_key"),
        reads(&[("customer", &one)], "read_audit_customers_pkey"),
        reads(&[("after", "2026-01-02T00:00:00Z")], "read_audit_read_at"),
        flexprice(&[], "customer_list_created_at"),
        flexprice(&[("order", "asc"), ("offset", "10")], "customer_list_created_at"),
        flexprice(&[("sort", "name")], "customer_list_name"),
        flexprice(&[("email", "x4@example.com")], "customer_list_email"),
        flexprice(&[("external_id", "e-4")], "customer_list_external_id"),
        flexprice(&[("external_ids", "e-4,e-6"), ("sort", "email")], "customer_list_external_id"),
        flexprice(&[("start_time", "2026-05-01T00:00:00Z")], "customer_list_created_at"),
        feed(&[], "events_position"),
        feed(&[("limit", "1")], "audit_entries_position"),
        feed(&[("customer", &one)], ""),
        feed(&[("type", "ProfileUpdated")], "events_position"),
    ]
}

#[tokio::test]
async fn no_statement_of_everyday_work_reads_a_large_table_from_end_to_end() {
    let first = large().await;
    let mut owner = first.database.connect().await;
    let large = large_tables(&mut owner).await;
    for table in [
        "api_keys",
        "audit_entries",
        "billing_configurations",
        "customer_list",
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
    ] {
        assert!(large.contains(&table.to_owned()), "{table} is not large: {large:?}");
    }
    owner.close().await.expect("the end");
    let (told, _guard) = Told::start();
    let mut wrong = Vec::new();
    let mut check = |plans: &[Plan], doing: &str| {
        for plan in plans {
            for table in plan.scans(&large) {
                wrong.push(format!("{doing} scans {table}: {}", plan.text));
            }
        }
    };

    let app = first.another_instance().await;
    let written = app.register(customer_id(3), "Acme").await;
    for (number, command, body) in [
        (1, "update-profile", json!({ "name": "Other" })),
        (2, "change-external-id", json!({ "external_id": "another" })),
        (3, "set-parent", json!({ "parent_customer_id": customer_id(1) })),
        (1, "revert-to", json!({ "version": 3 })),
    ] {
        app.command(&customer_id(number).to_string(), command, &body).await.expect(200);
    }
    app.settle().await;
    let plans = told.take();
    check(&plans, "following");
    for statement in [
        "from checkpoints as k",
        "from events\n",
        "from customer_snapshots as s",
        "from parked_streams as s",
        "from log_heads as h",
        "insert into customer_list",
        "update checkpoints as c",
    ] {
        assert!(
            plans.iter().any(|plan| plan.text.contains(statement)),
            "nobody was told of {statement}"
        );
    }

    // So long ago nobody has read anything.
    app.store.purge_reads(36_500).await.expect("a purge");
    check(&told.take(), "purging");

    let at_least = [("dossier-at-least", written.header("dossier-position"))];
    for (path, index) in requests() {
        let page = app.get_with(&path, &at_least).await.expect(200).json();
        let mut plans = told.take();
        // The next page, too: it is another statement.
        if let Some(cursor) = page["next_cursor"].as_str() {
            let join = if path.contains('?') { '&' } else { '?' };
            app.get(&format!("{path}{join}cursor={cursor}")).await.expect(200);
            plans.extend(told.take());
        }
        check(&plans, &path);
        let used: Vec<_> = plans.iter().flat_map(|plan| plan.all("Index Name")).collect();
        assert!(index.is_empty() || used.contains(&index), "{path} uses {used:?}");
    }

    // A scan would be noticed.
    let mut scanner = first.database.connect().await;
    scanner.execute("select count(status) from customer_list").await.expect("a count");
    let scans: Vec<_> = told.take().iter().flat_map(|plan| plan.scans(&large)).collect();
    assert_eq!(scans, ["customer_list"]);

    // An audit reads no more than its page, though so few follow that sorting them would cost little.
    sqlx::query(
        "select list_audit($1, $2, null, '/status', null, null, null, null, null, null,
                           190000, 200000, false, 50, 2000)",
    )
    .bind(first.tenant.partition.number())
    .bind(first.tenant.id.0)
    .execute(&mut scanner)
    .await
    .expect("a page");
    let plans = told.take();
    let read = plans.iter().find(|plan| plan.text.contains("from field_changes as f"));
    let nodes = read.expect("it was told").all("Node Type");
    assert!(!nodes.contains(&"Sort"), "{nodes:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
