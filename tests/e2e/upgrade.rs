//! A private PostgreSQL that can't load its libraries is restarted while the service runs.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{PgConnection, query};
use tests::customer_id;

use crate::service::{Service, connect, dev_key};

/// The time limit on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The process id of the server, once it accepts connections.
fn server_pid(data_dir: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(data_dir.join("postgres/data/postmaster.pid")).ok()?;
    let ready = text.lines().nth(7).is_some_and(|line| line.trim() == "ready");
    text.lines().next().filter(|_| ready)?.trim().parse().ok()
}

/// Where new sessions find the library of PL/pgSQL.
async fn set_library(owner: &mut PgConnection, library: &str) {
    query("update pg_proc set probin = $1 where prosrc like 'plpgsql_%'")
        .bind(library)
        .execute(owner)
        .await
        .expect("what a superuser may do");
}

async fn eventually(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !so().await {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_private_server_that_cannot_load_its_libraries_is_restarted_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path();
    let service = Service::start(data_dir).await;
    let key = dev_key(data_dir);
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    let first = server_pid(data_dir).expect("a server");

    // As after an upgrade of the package. A restart does not fix this one, so the test sees that
    // there is exactly one restart, and what requests get meanwhile.
    set_library(&mut connect(data_dir).await, "$libdir/plpgsql_of_another_version").await;
    eventually("the server is started again", async || {
        server_pid(data_dir).is_some_and(|pid| pid != first)
    })
    .await;
    let second = server_pid(data_dir);
    let url = format!("http://{}", service.address);
    for _ in 0..10 {
        let ready = reqwest::get(format!("{url}/readyz")).await.expect("an answer");
        assert_eq!(ready.status(), 503);
        assert!(ready.headers().contains_key("retry-after"));
        let path = format!("/v1/customers/{}", customer_id(1));
        assert_eq!(service.get(&key, &path).await.0, 503);
        assert_eq!(service.register(&key, customer_id(2)).await, 503);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let ready = reqwest::get(format!("{url}/readyz")).await.expect("an answer");
    let text = ready.text().await.expect("a text");
    assert!(text.contains("can't load its libraries"), "{text}");
    assert_eq!(server_pid(data_dir), second, "it was restarted again");

    set_library(&mut connect(data_dir).await, "$libdir/plpgsql").await;
    eventually("it is ready", async || service.get(&key, "/readyz").await.0 == 200).await;
    assert_eq!(service.register(&key, customer_id(2)).await, 201);
    service.stop().await;
}
