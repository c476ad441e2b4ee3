//! How fast several instances write to one tenant, beside one instance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tests::{TestDatabase, customer_id};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{new_key, serve};
use crate::service::Service;

const CALLERS: u64 = 64;
const INSTANCES: usize = 4;
/// How long each of them is measured, after a second in which connections are made.
const MEASURED: Duration = Duration::from_secs(6);
/// One and several are measured in turns, because a machine gets slower and faster.
const ROUNDS: usize = 3;

/// Commands per second of the callers, spread evenly over these instances.
async fn rate(instances: &[Service], key: &str) -> f64 {
    let (done, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut callers = JoinSet::new();
    for (caller, instance) in (0..CALLERS).zip(instances.iter().cycle()) {
        let id = customer_id(caller);
        let path = format!("/v1/customers/{id}/commands/replace-metadata");
        let url = format!("http://{}{path}", instance.address);
        let (done, stop, key) = (Arc::clone(&done), Arc::clone(&stop), key.to_owned());
        callers.spawn(async move {
            let client = reqwest::Client::new();
            while !stop.load(Ordering::Relaxed) {
                let body = json!({ "metadata": { "note": Uuid::new_v4() } });
                let sent = client.post(&url).bearer_auth(&key).json(&body).send();
                let answer = sent.await.expect("an answer");
                assert_eq!(answer.status().as_u16(), 200);
                answer.bytes().await.expect("a body");
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, begun) = (done.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let took = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    callers.join_all().await;
    f64::from(u32::try_from(counted).expect("few")) / took.as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of a minute: cargo test -p tests --test e2e measured -- --ignored --nocapture"]
async fn several_instances_write_to_one_tenant_beside_one() {
    let database = TestDatabase::new().await;
    let mut instances = Vec::new();
    for _ in 0..INSTANCES {
        instances.push(serve(&database.url).await);
    }
    let key = new_key(&database.url).await;
    instances[0].register_all(&key, (0..CALLERS).map(customer_id)).await;
    for round in 1..=ROUNDS {
        let one = rate(&instances[..1], &key).await;
        let several = rate(&instances, &key).await;
        println!(
            "round {round}: {one:.0} commands a second at one instance, {several:.0} at {INSTANCES} \
             instances ({:.2}), {CALLERS} callers on one tenant",
            several / one
        );
    }
    for instance in instances {
        instance.stop().await;
    }
}
