//! `/metrics`: strictly in Prometheus' format, documented, and with few series.

mod exposition;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Method;
use domain::{customer, tenant};
use serde_json::json;
use server::telemetry::{Kind, METRICS, PROCESS_METRICS, install_metrics, render_metrics};
use tests::{TestApp, customer_id};

use self::exposition::{Family, parse};

type Families = BTreeMap<String, Family>;

async fn app() -> TestApp {
    install_metrics().expect("a recorder");
    let app = TestApp::new().await;
    let settings = http::Settings { metrics: render_metrics, ..http::Settings::default() };
    app.at(http::App::new(app.store.clone(), settings))
}

/// A scrape. Each app renders its own at most once a second, so a new one is used.
async fn scrape(app: &TestApp) -> Families {
    let settings = http::Settings { metrics: render_metrics, ..http::Settings::default() };
    let fresh = app.at(http::App::new(app.store.clone(), settings));
    let scraped = fresh.get("/metrics").await.expect(200).body;
    parse(&scraped).unwrap_or_else(|why| panic!("{why}"))
}

/// The sum of the samples with these labels.
fn sum(families: &Families, name: &str, wanted: &[(&str, &str)]) -> f64 {
    let Some(family) = families.get(name.trim_end_matches("_count")) else { return 0.0 };
    let matches = |labels: &BTreeMap<String, String>| {
        wanted.iter().all(|(label, value)| labels.get(*label).map(String::as_str) == Some(value))
    };
    let samples = family.samples.iter();
    samples
        .filter(|(sample, labels, _)| sample == name && matches(labels))
        .map(|found| found.2)
        .sum()
}

/// A command of every result.
async fn send_commands(app: &TestApp) {
    app.register(customer_id(1), "Acme").await;
    let reference = customer_id(1).to_string();
    let body = json!({ "name": "Acme Ltd" });
    let path = format!("/v1/customers/{reference}/commands/update-profile");
    let key = [("idempotency-key", "once")];
    for _ in 0..2 {
        app.post_with(&path, &body, &key).await.expect(200);
    }
    app.post(&path, &body).await.expect(200);
    let other = json!({ "name": "Acme Inc" });
    app.post(&format!("{path}?dry_run=true"), &other).await.expect(200);
    let nobody = format!("/v1/customers/{}/commands/update-profile", customer_id(2));
    app.post(&nobody, &other).await.expect(404);
}

#[tokio::test]
async fn a_scrape_is_strictly_in_the_format_and_every_metric_is_described_and_documented() {
    let app = app().await;
    send_commands(&app).await;
    app.get("/v1/customers").await.expect(200);
    let families = scrape(&app).await;
    for (name, family) in &families {
        let process = PROCESS_METRICS.contains(&name.as_str());
        // A test has a metric of its own.
        if process || name == "dossier_test_total" {
            continue;
        }
        let known = METRICS.iter().find(|metric| metric.name == name);
        let known = known.unwrap_or_else(|| panic!("{name} is not described"));
        let kind = match known.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!((family.kind.as_str(), family.help.as_str()), (kind, known.help), "{name}");
    }
    for name in PROCESS_METRICS {
        assert!(families.contains_key(name), "{name} is missing");
    }

    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md"));
    let page = page.expect("the page");
    let (_, table) = page.split_once("\n## Metrics\n").expect("the section");
    let (table, _) = table.split_once("\n## ").expect("the next section");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let described = METRICS.iter().map(|metric| metric.name).chain(PROCESS_METRICS).collect();
    assert_eq!(documented, described, "the table of docs/operations.md");
}

#[tokio::test]
async fn the_build_is_known_by_its_version_and_schema() {
    let families = scrape(&app().await).await;
    let (_, labels, value) = families["dossier_build_info"].samples[0].clone();
    assert!((value - 1.0).abs() < f64::EPSILON);
    assert_eq!(labels["version"], env!("CARGO_PKG_VERSION"));
    let schema = store::MIGRATOR.iter().map(|migration| migration.version).max().expect("one");
    assert_eq!(labels["schema"], schema.to_string());
}

#[tokio::test]
async fn commands_are_counted_by_name_and_result() {
    let app = app().await;
    let before = scrape(&app).await;
    send_commands(&app).await;
    let after = scrape(&app).await;
    // Other tests send commands, too.
    let grew = |name: &str, labels: &[(&str, &str)]| {
        sum(&after, name, labels) - sum(&before, name, labels)
    };
    for result in ["stored", "replayed", "unchanged", "dry_run", "refused"] {
        let labels = [("command", "update-profile"), ("result", result)];
        assert!(grew("dossier_commands_total", &labels) >= 1.0, "{result}");
    }
    let registered = [("command", "register-customer"), ("result", "stored")];
    assert!(grew("dossier_commands_total", &registered) >= 1.0);
    let timed = grew("dossier_command_seconds_count", &[("command", "update-profile")]);
    assert!(timed >= 5.0, "{timed}");
}

#[tokio::test]
async fn connections_are_measured_by_kind_and_those_that_wait_are_counted() {
    let app = app().await;
    app.register(customer_id(1), "Acme").await;
    let options = store::Options { readers_max: 1, ..app.options() };
    let store = store::Store::open(&options).await.expect("a store");
    let narrow = app.at(http::App::new(store.clone(), http::Settings::default()));
    let lists = || {
        let found = store.connections().into_iter().find(|(kind, _)| *kind == "lists");
        found.expect("a kind").1
    };
    let usage = |used, idle, waiting| store::Usage { used, idle, max: 1, waiting };
    assert_eq!(lists(), usage(0, 0, 0));
    narrow.get("/v1/customers?limit=1").await.expect(200);
    assert_eq!(lists(), usage(0, 1, 0));

    // While the owner holds the table, one list uses the connection, and another waits for it.
    let mut owner = app.database.connect().await;
    sqlx::raw_sql("begin; lock table customer_list").execute(&mut owner).await.expect("a lock");
    let read = || {
        let narrow = narrow.clone();
        tokio::spawn(async move { narrow.get("/v1/customers?limit=1").await })
    };
    let reads = [read(), read()];
    while lists() != usage(1, 0, 1) {
        assert!(!reads.iter().any(tokio::task::JoinHandle::is_finished), "a read did not wait");
        tokio::task::yield_now().await;
    }
    sqlx::raw_sql("rollback").execute(&mut owner).await.expect("an end");
    for read in reads {
        read.await.expect("no panic").expect(200);
    }
    assert_eq!(lists(), usage(0, 1, 0));

    let families = scrape(&app).await;
    let of = |name: &str, label: &str| -> BTreeSet<String> {
        families[name].samples.iter().map(|(_, labels, _)| labels[label].clone()).collect()
    };
    let kinds = store.connections().into_iter().map(|(kind, _)| kind.to_owned()).collect();
    for name in ["", "_max", "_waiting"] {
        assert_eq!(of(&format!("dossier_database_connections{name}"), "kind"), kinds);
    }
    let states = ["idle", "used"].map(str::to_owned).into();
    assert_eq!(of("dossier_database_connections", "state"), states);
}

#[tokio::test]
async fn invented_names_make_no_series() {
    let app = app().await;
    for number in 0..20 {
        let invented = format!("invented-{number}");
        let method = Method::from_bytes(invented.to_uppercase().as_bytes()).expect("a method");
        app.send(app.request(method, "/livez", Body::empty())).await.expect(405);
        app.get(&format!("/{invented}")).await.expect(404);
        app.get(&format!("/v1/customers/external:{invented}")).await.expect(404);
        app.get(&format!("/admin/projections/{invented}")).await;
        app.get(&format!("/compat/metronome/v1/{invented}")).await;
        let path = format!("/v1/customers/{}/commands/{invented}", customer_id(1));
        app.post(&path, &json!({})).await.expect(404);
    }
    let families = scrape(&app).await;
    let commands: BTreeSet<&str> =
        [customer::Command::NAMES, tenant::Command::NAMES].concat().into_iter().collect();
    for (name, family) in &families {
        for (_, labels, _) in &family.samples {
            for (label, value) in labels {
                let invented = value.to_lowercase().contains("invented");
                assert!(!invented, "{name} has {label}={value}");
                assert!(label != "command" || commands.contains(&**value), "{name}: {value}");
            }
        }
    }
}
