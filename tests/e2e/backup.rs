//! Backups, and what a restore brings back.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use server::postgres::{Options, Postgres};
use sqlx::{Connection as _, PgConnection, query_as};
use tests::{TestDatabase, customer_id, expect_sound};
use uuid::Uuid;

use crate::service::{Service, connect, dev_key, fails, run, succeeds};

/// Customers that are acknowledged before the backup begins.
const BEFORE: usize = 50;

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Registers customers until it is stopped.
struct Load {
    acknowledged: Arc<Mutex<Vec<Uuid>>>,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    fn begin(service: &Service, key: &str) -> Self {
        let (acknowledged, stop) =
            (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (address, key) = (service.address, key.to_owned());
        let (registered, stopped) = (Arc::clone(&acknowledged), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let client = reqwest::Client::new();
            for number in 0.. {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let id = customer_id(number);
                let body = serde_json::json!({ "id": id, "profile": { "name": "Acme" } });
                let url = format!("http://{address}/v1/customers");
                let sent = client.post(url).bearer_auth(&key).json(&body).send().await;
                assert_eq!(sent.expect("an answer").status().as_u16(), 201);
                registered.lock().expect("no panic").push(id);
            }
        });
        Self { acknowledged, stop, task }
    }

    fn acknowledged(&self) -> Vec<Uuid> {
        self.acknowledged.lock().expect("no panic").clone()
    }

    /// Waits until there are this many.
    async fn reaches(&self, count: usize) {
        while self.acknowledged().len() < count {
            assert!(!self.task.is_finished(), "the load has ended");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn end(self) -> Vec<Uuid> {
        self.stop.store(true, Ordering::SeqCst);
        let acknowledged = Arc::clone(&self.acknowledged);
        self.task.await.expect("no panic");
        acknowledged.lock().expect("no panic").clone()
    }
}

/// The cursor after all events of the feed.
async fn end_of_feed(service: &Service, key: &str) -> String {
    let mut path = "/v1/feed?limit=200".to_owned();
    loop {
        let (status, page) = service.get(key, &path).await;
        assert_eq!(status, 200, "{page}");
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        if page["items"].as_array().expect("items").is_empty() {
            return cursor;
        }
        path = format!("/v1/feed?limit=200&cursor={cursor}");
    }
}

async fn follow(service: &Service, key: &str, cursor: &str) -> (u16, Value) {
    service.get(key, &format!("/v1/feed?cursor={cursor}")).await
}

#[tokio::test]
async fn a_backup_under_load_brings_back_everything_that_was_acknowledged_before_it() {
    let home = tempfile::tempdir().expect("a directory");
    let [source, target, backup] =
        ["source", "target", "backup"].map(|name| home.path().join(name));
    let service = Service::start(&source).await;
    let key = dev_key(&source);
    let load = Load::begin(&service, &key);
    load.reaches(BEFORE).await;
    let early = end_of_feed(&service, &key).await;
    let acknowledged = load.acknowledged();
    let printed = succeeds(&["--data-dir", text(&source), "backup", text(&backup)], &[]).await;
    assert!(printed.contains("neither log-key nor dev-key"), "{printed}");
    load.reaches(load.acknowledged().len() + 10).await;
    let all = load.end().await;
    let late = end_of_feed(&service, &key).await;

    // It belongs to its owner alone, has no keys, and is never replaced.
    assert_eq!(std::fs::metadata(&backup).expect("it").mode() & 0o7777, 0o700);
    let mut names: Vec<_> = std::fs::read_dir(&backup)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    assert_eq!(names, ["data", "log.heads", "log.keys", "manifest.json", "password"]);
    let again = fails(&["--data-dir", text(&source), "backup", text(&backup)], &[]).await;
    assert!(again.contains("never replaces"), "{again}");

    // A restore never replaces anything, either.
    let onto = fails(&["--data-dir", text(&source), "restore", text(&backup)], &[]).await;
    assert!(onto.contains("is there already"), "{onto}");
    service.stop().await;

    let printed = succeeds(&["--data-dir", text(&target), "restore", text(&backup)], &[]).await;
    assert!(printed.contains("it continues the log of the 32 signed heads"), "{printed}");
    assert!(printed.contains("log-key is not there"), "{printed}");
    for (name, mode) in [("postgres/data", 0o700), ("postgres/password", 0o600)] {
        let (was, is) =
            [&source, &target].map(|at| std::fs::metadata(at.join(name)).expect(name)).into();
        assert_eq!(
            (is.mode() & 0o7777, is.uid(), is.gid()),
            (mode, was.uid(), was.gid()),
            "{name}"
        );
    }
    for name in ["log-key", "dev-key"] {
        std::fs::copy(source.join(name), target.join(name)).expect("a copy");
    }
    let service = Service::start(&target).await;
    for id in &acknowledged {
        assert_eq!(service.get(&key, &format!("/v1/customers/{id}")).await.0, 200, "{id}");
    }
    let last = all.last().expect("a customer");
    assert_eq!(service.get(&key, &format!("/v1/customers/{last}")).await.0, 404);
    // A cursor from before the backup goes on. One beyond the end of the restored log is refused.
    assert_eq!(follow(&service, &key, &early).await.0, 200);
    let (status, problem) = follow(&service, &key, &late).await;
    assert_eq!((status, problem["code"].as_str()), (410, Some("cursor_ahead")), "{problem}");
    let heads = backup.join("log.heads");
    let keys = backup.join("log.keys");
    let verify = ["verify", "--against", text(&heads), "--key", text(&keys)];
    succeeds(&[&["--data-dir", text(&target)], &verify[..]].concat(), &[]).await;
    assert_eq!(service.register(&key, *last).await, 201);
    let found = expect_sound(&mut connect(&target).await).await;
    assert!(found.customers > acknowledged.len());
    service.stop().await;
}

#[tokio::test]
async fn a_damaged_or_older_backup_is_not_served() {
    let home = tempfile::tempdir().expect("a directory");
    let [source, target, backup] =
        ["source", "target", "backup"].map(|name| home.path().join(name));
    let service = Service::start(&source).await;
    let key = dev_key(&source);
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    let on = ["--data-dir", text(&source)];
    succeeds(&[&on[..], &["backup", text(&backup)]].concat(), &[]).await;
    assert_eq!(service.register(&key, customer_id(2)).await, 201);
    let heads = succeeds(&[&on[..], &["head"]].concat(), &[]).await;
    service.stop().await;

    // A changed file.
    let restore = ["--data-dir", text(&target), "restore", text(&backup)];
    let file = backup.join("data/global/pg_filenode.map");
    let bytes = std::fs::read(&file).expect("a file");
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    std::fs::write(&file, changed).expect("written");
    let message = fails(&restore, &[]).await;
    assert!(
        message.contains("pg_verifybackup") && message.contains("pg_filenode.map"),
        "{message}"
    );
    assert!(!target.exists(), "something was made");
    std::fs::write(&file, bytes).expect("written");

    // Heads of another signer.
    let stranger = home.path().join("stranger");
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    std::fs::write(&stranger, other).expect("a file");
    let unknown = [&restore[..], &["--key", text(&stranger)]].concat();
    let message = fails(&unknown, &[]).await;
    assert!(message.contains("isn't signed by a key that is known"), "{message}");

    // Heads with a customer that the data don't have.
    std::fs::write(backup.join("log.heads"), heads).expect("written");
    let output = run(&restore, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("cut off"), "{printed}");
    for command in [&["serve", "--listen", "127.0.0.1:0", "--log", "off"][..], &["tenant", "list"]]
    {
        let message = fails(&[&["--data-dir", text(&target)], command].concat(), &[]).await;
        assert!(message.contains("a restore that failed or was killed"), "{message}");
    }
}

/// Members of the service's roles that are such roles themselves.
async fn memberships(connection: &mut PgConnection) -> Vec<(String, String)> {
    query_as(
        "select r.rolname::text, m.rolname::text
           from pg_auth_members as a
           join pg_roles as r on r.oid = a.roleid join pg_roles as m on m.oid = a.member
          where r.rolname like 'dossier\\_%' and m.rolname like 'dossier\\_%'
            and m.rolname <> 'dossier_service'
          order by 1, 2",
    )
    .fetch_all(connection)
    .await
    .expect("memberships")
}

#[tokio::test]
async fn a_dump_of_a_database_is_restored_on_another_server() {
    let home = tempfile::tempdir().expect("a directory");
    let backup = home.path().join("backup");
    let database = TestDatabase::new().await;
    let from = [("DATABASE_URL", &*database.url)];
    let service = Service::start_with(&[], &from, "dossier is at").await;
    let tenant = succeeds(&["tenant", "create", "--name", "Initech"], &from).await;
    let create =
        ["key", "create", "--tenant", tenant.trim(), "--name", "k", "--scopes", "read,write,audit"];
    let key = succeeds(&create, &from).await.trim().to_owned();
    let load = Load::begin(&service, &key);
    load.reaches(BEFORE).await;
    let acknowledged = load.acknowledged();
    let printed = succeeds(&["backup", text(&backup)], &from).await;
    assert!(printed.contains("neither roles nor passwords"), "{printed}");
    load.end().await;
    service.stop().await;
    assert!(backup.join("database.dump").is_file());
    assert_eq!(backup.metadata().expect("it").mode() & 0o077, 0, "others can read the dump");

    let message =
        fails(&["--data-dir", text(&home.path().join("x")), "restore", text(&backup)], &[]).await;
    assert!(message.contains("name an empty database with DATABASE_URL"), "{message}");
    let message = fails(&["restore", text(&backup)], &from).await;
    assert!(message.contains("the database is not empty"), "{message}");

    let other = Options { data_dir: home.path().join("server"), ..Options::default() };
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let other = Postgres::start(other).await.expect("another server");
    let url = other.url();
    let to = [("DATABASE_URL", &*url)];
    let printed = succeeds(&["restore", text(&backup)], &to).await;
    assert!(printed.contains("it continues the log of the 32 signed heads"), "{printed}");
    let mut restored = PgConnection::connect(&url).await.expect("a connection");
    assert_eq!(memberships(&mut restored).await, memberships(&mut database.connect().await).await);
    assert!(expect_sound(&mut restored).await.customers >= acknowledged.len());
    restored.close().await.expect("an end");

    let service = Service::start_with(&[], &to, "dossier is at").await;
    for id in &acknowledged {
        assert_eq!(service.get(&key, &format!("/v1/customers/{id}")).await.0, 200, "{id}");
    }
    succeeds(&["verify", "--views", "--all"], &to).await;
    service.stop().await;
    other.stop().await.expect("it stops");

    let damaged = backup.join("database.dump");
    let mut bytes = std::fs::read(&damaged).expect("a dump");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&damaged, bytes).expect("written");
    let message = fails(&["restore", text(&backup)], &to).await;
    assert!(message.contains("was changed or damaged"), "{message}");
}
