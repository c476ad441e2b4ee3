//! `dossier serve` without any configuration.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{query, query_as};
use tests::{customer_id, expect_sound};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::service::{Service, command, connect, dev_key, fails, run};

#[tokio::test]
async fn without_configuration_it_serves_within_seconds_and_keeps_its_data() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path();
    let begun = Instant::now();
    let service = Service::start(data_dir).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "ready after {:?}", begun.elapsed());
    let key = dev_key(data_dir);
    let secret = key.rsplit('_').next().expect("a secret");
    assert!(!service.printed.iter().any(|line| line.contains(secret)), "the key was printed");
    let end = service.printed.iter().find_map(|line| line.split_once("valid until "));
    let validity =
        "select expires_at, round(extract(epoch from expires_at - created_at) / 86400)::int
                      from api_keys";
    let (stored, days): (DateTime<Utc>, i32) =
        query_as(validity).fetch_one(&mut connect(data_dir).await).await.expect("the key");
    assert_eq!(end.expect("an expiry").1, stored.to_rfc3339_opts(SecondsFormat::Secs, true));
    assert_eq!(days, 90);
    let longer = service.printed.iter().any(|line| line.contains("--expires-at"));
    assert!(longer, "how to make another is not in {:?}", service.printed);
    let mode = std::fs::metadata(data_dir.join("dev-key")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(service.get(&key, "/readyz").await.0, 200);
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    assert_eq!(service.register("wrong", customer_id(2)).await, 401);
    service.stop().await;

    let service = Service::start(data_dir).await;
    assert_eq!(dev_key(data_dir), key);
    let (status, customer) = service.get(&key, &format!("/v1/customers/{}", customer_id(1))).await;
    assert_eq!((status, &customer["profile"]["name"]), (200, &"Acme".into()));
    assert_eq!(service.register(&key, customer_id(1)).await, 409);
    service.stop().await;
}

#[tokio::test]
async fn a_stop_answers_requests_in_flight_and_exits_with_0() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    assert_eq!(service.register(&key, customer_id(0)).await, 201);
    let mut holder = connect(directory.path()).await;
    // While the heads are locked, commands are in flight.
    query("begin").execute(&mut holder).await.expect("a transaction");
    query("select from log_heads for update").execute(&mut holder).await.expect("the locks");

    let url = format!("http://{}/v1/customers", service.address);
    let client = reqwest::Client::new();
    let sent = (1..=20).map(|number| {
        let body = serde_json::json!({ "id": customer_id(number), "profile": { "name": "Acme" } });
        let sent = client.post(&url).bearer_auth(&key).json(&body).send();
        tokio::spawn(async move { sent.await.map(|answer| answer.status().as_u16()) })
    });
    let sent: Vec<_> = sent.collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    service.terminate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    query("rollback").execute(&mut holder).await.expect("an end");
    drop(holder);
    for answer in sent {
        assert_eq!(answer.await.expect("no panic").expect("an answer"), 201);
    }
    assert_eq!(service.ended().await.code(), Some(0));

    let service = Service::start(directory.path()).await;
    let found = expect_sound(&mut connect(directory.path()).await).await;
    assert_eq!(found.customers, 21);
    service.stop().await;
}

#[tokio::test]
async fn an_ordinary_stop_logs_no_warning_of_connections() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8");
    for _ in 0..3 {
        let mut serve = command(&["serve", "--data-dir", data_dir, "--log", "warn"]).await;
        serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut serve = serve.spawn().expect("a process");
        let mut printing = BufReader::new(serve.stdout.take().expect("its output")).lines();
        while !printing.next_line().await.expect("a line").expect("a start").contains("the key is")
        {
        }
        let pid = serve.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("a process");
        kill_process(pid, Signal::TERM).expect("a signal");
        let output = serve.wait_with_output().await.expect("an end");
        assert_eq!(output.status.code(), Some(0));
        let logged = String::from_utf8_lossy(&output.stderr);
        assert!(!logged.contains("pool::connection"), "{logged}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_found_before_a_database_is_created() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().join("data");
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = other.local_addr().expect("an address").to_string();
    let data_dir_name = data_dir.to_str().expect("UTF-8");
    let arguments = ["serve", "--listen", &address, "--data-dir", data_dir_name, "--log", "off"];
    let message = fails(&arguments, &[]).await;
    assert!(message.contains(&address) && message.contains("Address already in use"), "{message}");
    assert!(!data_dir.exists(), "something was made");
}

#[tokio::test]
async fn a_development_key_that_does_not_work_is_reported_at_the_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path().to_str().expect("UTF-8").to_owned();
    let arguments = ["--data-dir", &data_dir];
    let start = || Service::start_with(&arguments, &[], "the key in");
    let service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    service.stop().await;
    let file = directory.path().join("dev-key");

    let wrong = key.replace(|c: char| c.is_ascii_digit(), "a");
    for (text, problem) in
        [("", "has no key"), ("x", "has no key"), (&wrong, "not of this database")]
    {
        std::fs::write(&file, text).expect("written");
        let service = start().await;
        let printed = service.printed.last().expect("a line");
        assert!(printed.contains(problem) && printed.contains("dossier key create"), "{printed}");
        service.stop().await;
    }
    std::fs::write(&file, &key).expect("written");
    let service = Service::start(directory.path()).await;
    let mut owner = connect(directory.path()).await;
    query("update api_keys set expires_at = now()").execute(&mut owner).await.expect("expired");
    drop(owner);
    service.stop().await;
    let service = start().await;
    let printed = service.printed.last().expect("a line");
    assert!(printed.contains("it expired at"), "{printed}");
    service.stop().await;
}

#[tokio::test]
async fn key_files_that_others_can_read_or_that_are_links_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    Service::start(directory.path()).await.stop().await;
    let data_dir = directory.path().to_str().expect("UTF-8");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir, "--log", "off"];
    for name in ["dev-key", "log-key", "postgres/password"] {
        let file = directory.path().join(name);
        let mode = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&file, mode).expect("a mode");
        };
        mode(0o640);
        let output = run(&serve, &[]).await;
        assert!(!output.status.success());
        assert!(output.stdout.is_empty(), "it said where it is: {:?}", output.stdout);
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        let named = message.contains(name) && message.contains("mode 0640");
        assert!(named && message.contains("chmod 600"), "{message}");
        mode(0o600);

        let aside = directory.path().join("aside");
        std::fs::rename(&file, &aside).expect("moved");
        std::os::unix::fs::symlink(&aside, &file).expect("a link");
        let message = fails(&serve, &[]).await;
        assert!(message.contains(name) && message.contains("symbolic link"), "{message}");
        std::fs::rename(&aside, &file).expect("moved back");
    }
    Service::start(directory.path()).await.stop().await;
}

#[tokio::test]
async fn an_error_names_its_cause_once() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let url = format!("postgres://dossier@127.0.0.1:{port}/dossier");
    let message = fails(&["tenant", "list"], &[("DATABASE_URL", &url)]).await;
    assert_eq!(message.matches("Connection refused").count(), 1, "{message}");
}
