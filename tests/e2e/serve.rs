//! `dossier serve` without any configuration.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use sqlx::query;
use tests::{customer_id, expect_sound};

use crate::service::{Service, connect, dev_key};

#[tokio::test]
async fn without_configuration_it_serves_within_seconds_and_a_restart_keeps_everything() {
    let directory = tempfile::tempdir().expect("a directory");
    let data_dir = directory.path();
    let begun = Instant::now();
    let service = Service::start(data_dir).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "ready after {:?}", begun.elapsed());
    let key = dev_key(data_dir);
    assert!(service.printed.iter().any(|line| line.ends_with(&key)), "{:?}", service.printed);
    let mode = std::fs::metadata(data_dir.join("dev-key")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(service.get(&key, "/readyz").await.0, 200);
    assert_eq!(service.register(&key, customer_id(1)).await, 201);
    assert_eq!(service.register("wrong", customer_id(2)).await, 401);
    service.stop().await;

    let service = Service::start(data_dir).await;
    assert_eq!(dev_key(data_dir), key);
    assert!(!service.printed.iter().any(|line| line.contains(&key)), "shown only once");
    let (status, customer) = service.get(&key, &format!("/v1/customers/{}", customer_id(1))).await;
    assert_eq!((status, &customer["profile"]["name"]), (200, &"Acme".into()));
    assert_eq!(service.register(&key, customer_id(1)).await, 409);
    service.stop().await;
}

#[tokio::test]
async fn told_to_stop_it_answers_what_is_in_flight_and_ends_well() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut service = Service::start(directory.path()).await;
    let key = dev_key(directory.path());
    assert_eq!(service.register(&key, customer_id(0)).await, 201);
    let mut holder = connect(directory.path()).await;
    // As long as the heads are held, commands are in flight.
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
