//! The commands about read models: listing, rebuilding, rolling back and verifying.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{query, query_scalar};
use tests::{TestDatabase, customer_id};

use crate::service::{Service, run, succeeds};

/// The time limit of a rebuild on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const VIEWS: [&str; 7] = [
    "audit_entries",
    "billing_configurations",
    "customer_list",
    "customer_snapshots",
    "customers",
    "field_changes",
    "integration_links",
];

/// A database with some customers, and a service over it.
struct Scene {
    database: TestDatabase,
    service: Service,
}

impl Scene {
    async fn new(customers: u64) -> Self {
        let database = TestDatabase::new().await;
        let service = serve(&database.url).await;
        let scene = Self { database, service };
        let tenant = scene.succeeds(&["tenant", "create", "--name", "Initech"]).await;
        let key = scene.key(tenant.trim(), "write").await;
        for number in 0..customers {
            assert_eq!(scene.service.register(&key, customer_id(number)).await, 201);
        }
        scene
    }

    async fn succeeds(&self, arguments: &[&str]) -> String {
        succeeds(arguments, &[("DATABASE_URL", &self.database.url)]).await
    }

    async fn key(&self, tenant: &str, scopes: &str) -> String {
        let create = ["key", "create", "--tenant", tenant, "--name", "k", "--scopes", scopes];
        self.succeeds(&create).await.trim().to_owned()
    }

    /// The exit code, standard output and standard error.
    async fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = run(arguments, &[("DATABASE_URL", &self.database.url)]).await;
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    /// Waits until every live read model has reached the end of the log.
    async fn followed(&self) {
        let begun = Instant::now();
        let mut log = self.database.connect().await;
        loop {
            let behind: i64 = query_scalar(
                "select count(*) from checkpoints as c join log_heads as h using (partition)
                   join projections as p on p.name = c.projection and p.generation = c.generation
                  where p.state = 'live' and c.position < h.position",
            )
            .fetch_one(&mut log)
            .await
            .expect("checkpoints");
            if behind == 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the log isn't followed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn serve(url: &str) -> Service {
    Service::start_with(&[], &[("DATABASE_URL", url)], "dossier is at").await
}

#[tokio::test]
async fn read_models_are_listed_rebuilt_rolled_back_and_pruned() {
    let scene = Scene::new(5).await;
    scene.followed().await;
    let listed = scene.succeeds(&["projections"]).await;
    let names: Vec<_> =
        listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, VIEWS, "{listed}");
    assert!(listed.starts_with("PROJECTION"), "{listed}");
    assert!(listed.lines().skip(1).all(|line| line.ends_with("live")), "{listed}");

    let (code, printed, message) = scene.run(&["rebuild", "field_changes", "--workers", "1"]).await;
    assert_eq!(code, Some(0), "{message}");
    assert!(printed.starts_with("field_changes: generation 2 is live\n"), "{printed}");
    assert!(printed.contains("its rows equal those of the generation before"), "{printed}");
    // Not a terminal: complete lines without control characters.
    assert!(!message.contains(['\r', '\u{1b}']), "{message}");
    let listed = scene.succeeds(&["projections", "list"]).await;
    assert!(listed.lines().any(|line| line.ends_with("retired")), "{listed}");

    let (code, printed, message) = scene.run(&["projections", "rollback", "field_changes"]).await;
    assert_eq!(code, Some(0), "{message}");
    assert!(printed.starts_with("field_changes: generation 1 is live\n"), "{printed}");

    let printed = scene.succeeds(&["projections", "prune"]).await;
    assert_eq!(printed, "dropped generation 2 of field_changes\n");
    assert_eq!(scene.succeeds(&["projections", "prune"]).await, "nothing to drop\n");
    let (code, _, message) = scene.run(&["projections", "rollback", "field_changes"]).await;
    assert_eq!(code, Some(1), "{message}");
    let (code, _, message) = scene.run(&["rebuild", "nothing"]).await;
    assert_eq!(code, Some(1), "{message}");
    assert_eq!(scene.succeeds(&["projections", "parked"]).await, "no customer is parked\n");
    scene.service.stop().await;
}

#[tokio::test]
async fn a_falsified_row_is_found_and_repaired_by_a_rebuild() {
    let scene = Scene::new(5).await;
    scene.followed().await;
    let verify = ["verify", "--views", "--all"];
    let (code, printed, message) = scene.run(&verify).await;
    assert_eq!(code, Some(0), "{message}");
    for name in VIEWS {
        let as_it_must_be = |line: &str| {
            line.starts_with(&format!("{name}: ")) && line.ends_with("as the log makes them")
        };
        assert!(printed.lines().any(as_it_must_be), "{name}: {printed}");
    }

    let falsify = "update customer_list set name = 'Evil' where customer_id = $1";
    let mut owner = scene.database.connect().await;
    query(falsify).bind(customer_id(3)).execute(&mut owner).await.expect("an update");
    let (code, printed, message) = scene.run(&verify).await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("customer_list: 1 customers' rows differ"), "{printed}");
    assert!(printed.contains(&customer_id(3).to_string()), "{printed}");
    assert!(message.contains("dossier rebuild"), "{message}");
    let only = ["verify", "--views", "--all", "--projection", "field_changes"];
    assert_eq!(scene.run(&only).await.0, Some(0));

    let (code, printed, message) = scene.run(&["rebuild", "customer_list"]).await;
    assert_eq!(code, Some(0), "{message}");
    assert!(printed.contains("the rows of 1 customers differ"), "{printed}");
    assert_eq!(scene.run(&verify).await.0, Some(0));
    scene.service.stop().await;
}

#[tokio::test]
async fn a_rebuild_of_a_killed_service_is_finished_by_another() {
    let scene = Scene::new(5).await;
    let tenants = scene.succeeds(&["tenant", "list"]).await;
    let tenant = tenants.split_whitespace().next().expect("an id");
    let operator = scene.key(tenant, "operator").await;
    let mut holder = scene.database.connect().await;
    // The rebuild can't switch generations while somebody reads the live one.
    query("begin").execute(&mut holder).await.expect("a transaction");
    query("lock table field_changes in access share mode").execute(&mut holder).await.expect("it");

    let url = format!("http://{}/admin/projections/field_changes/rebuild", scene.service.address);
    let asked = reqwest::Client::new().post(url).bearer_auth(&operator).send().await;
    assert_eq!(asked.expect("an answer").status(), 202);
    let path = "/admin/projections/field_changes";
    // It has begun, and waits for the reader.
    until(&scene.service, &operator, path, |shown| {
        let mut generations = shown["generations"].as_array().into_iter().flatten();
        generations.any(|generation| generation["phase"] == "comparing")
    })
    .await;
    let Scene { database, service } = scene;
    service.kill().await;
    let other = serve(&database.url).await;
    let (status, shown) = other.get(&operator, path).await;
    assert_eq!(status, 200);
    assert_eq!(live(&shown), Some(1), "nothing is switched while somebody reads: {shown}");
    query("rollback").execute(&mut holder).await.expect("an end");
    until(&other, &operator, path, |shown| live(shown) == Some(2)).await;
    other.stop().await;
}

/// The generation that is live.
fn live(shown: &Value) -> Option<i64> {
    let generations = shown["generations"].as_array()?;
    let live = generations.iter().find(|generation| generation["state"] == "live")?;
    live["generation"].as_i64()
}

/// Waits until the output is as expected.
async fn until(service: &Service, key: &str, path: &str, is_so: impl Fn(&Value) -> bool) {
    let begun = Instant::now();
    loop {
        let (_, shown) = service.get(key, path).await;
        if is_so(&shown) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
