//! Unknown keys: their cost, and the answers and logs about them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use futures::future::join_all;
use futures::poll;
use http::{ApiKey, App, Settings};
use serde_json::{Value, json};
use sqlx::{PgConnection, query_scalar, raw_sql};
use store::api_keys::Scope;
use tests::{Log, Reply, TestApp, customer_id};

/// How long the result of a lookup is cached.
const USED_FOR: Duration = Duration::from_millis(500);
const HOSTILE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const FRIENDLY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
/// Lookups of ids with this prefix wait for an advisory lock of this number.
const SLOW: (&str, i64) = ("ffff", 4_712);

/// An unknown key.
fn made_up(number: u64) -> ApiKey {
    ApiKey::from_random((0xffff_0000_0000_0000 | number).to_be_bytes(), [7; 32])
}

/// A read with a key, or without one.
fn request(peer: IpAddr, key: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(Method::GET).uri("/v1/tenant");
    if let Some(key) = key {
        request = request.header("x-api-key", key);
    }
    let mut request = request.body(Body::empty()).expect("a request");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 4_711)));
    request
}

async fn present(app: &TestApp, peer: IpAddr, key: &ApiKey) -> Reply {
    app.send(request(peer, Some(&key.reveal()))).await
}

/// A service that counts its lookups of keys, with a connection to ask for their number.
async fn counting_lookups() -> (TestApp, PgConnection) {
    let app = TestApp::new().await;
    let mut owner = app.database.connect().await;
    let sql = format!(
        "create sequence lookups;
         alter function find_api_key(text) rename to find_api_key_uncounted;
         do $do$ begin
             execute format(
                 'create function find_api_key(p_key_id text) returns %s
                      language plpgsql security definer
                      set search_path = pg_catalog, public, pg_temp as $$
                  begin
                      perform nextval(''lookups'');
                      if p_key_id like ''{}%%'' then
                          perform pg_advisory_xact_lock_shared({});
                      end if;
                      return query select * from find_api_key_uncounted(p_key_id);
                  end $$', pg_get_function_result('find_api_key_uncounted'::regproc));
         end $do$;",
        SLOW.0, SLOW.1
    );
    raw_sql(&sql).execute(&mut owner).await.expect("a function");
    (app, owner)
}

async fn lookups(owner: &mut PgConnection) -> i64 {
    query_scalar("select case when is_called then last_value else 0 end from lookups")
        .fetch_one(owner)
        .await
        .expect("a number")
}

/// Makes lookups of slow ids wait.
async fn hold_lookups(app: &TestApp) -> PgConnection {
    let mut holder = app.database.connect().await;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(SLOW.1)
        .execute(&mut holder)
        .await
        .expect("a lock");
    holder
}

/// Returns when this many lookups wait.
async fn until_held_up(owner: &mut PgConnection, expected: i64) {
    let waits = async {
        loop {
            let waiting: i64 = query_scalar(
                "select count(*)
                   from pg_locks as l
                   join pg_database as d on d.oid = l.database
                  where d.datname = current_database() and l.locktype = 'advisory'
                    and not l.granted",
            )
            .fetch_one(&mut *owner)
            .await
            .expect("a count");
            if waiting == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waits).await.expect("lookups that wait");
}

#[tokio::test]
async fn an_unknown_id_is_looked_up_once_in_half_a_second() {
    let (app, mut owner) = counting_lookups().await;
    let (before, begun) = (lookups(&mut owner).await, Instant::now());
    for _ in 0..30 {
        present(&app, HOSTILE, &made_up(1)).await.expect(401);
    }
    let windows = i64::try_from(begun.elapsed().as_millis() / USED_FOR.as_millis()).expect("few");
    let looked_up = lookups(&mut owner).await - before;
    assert!((1..=1 + windows).contains(&looked_up), "{looked_up} in {windows} windows");
}

#[tokio::test]
async fn a_wrong_secret_costs_the_same_as_an_unknown_id() {
    let (app, mut owner) = counting_lookups().await;
    app.get("/v1/tenant").await.expect(200);
    let wrong = format!("dossier_{}_{}", app.key.id(), "0".repeat(64)).parse().expect("a key");
    for key in [wrong, made_up(2)] {
        let (before, begun) = (lookups(&mut owner).await, Instant::now());
        for _ in 0..5 {
            present(&app, HOSTILE, &key).await.expect(401);
        }
        let windows =
            i64::try_from(begun.elapsed().as_millis() / USED_FOR.as_millis()).expect("few");
        let looked_up = lookups(&mut owner).await - before;
        assert!((1..=1 + windows).contains(&looked_up), "{looked_up} in {windows} windows");
    }
    present(&app, HOSTILE, &app.key).await.expect(200);
}

#[tokio::test]
async fn requests_with_the_same_id_share_a_lookup() {
    let (app, mut owner) = counting_lookups().await;
    let lock = hold_lookups(&app).await;
    let (before, key) = (lookups(&mut owner).await, made_up(3));
    let mut requests: Vec<_> = (0..50).map(|_| Box::pin(present(&app, HOSTILE, &key))).collect();
    for request in &mut requests {
        assert!(poll!(request).is_pending());
    }
    until_held_up(&mut owner, 1).await;
    drop(lock);
    for reply in join_all(requests).await {
        reply.expect(401);
    }
    assert_eq!(lookups(&mut owner).await - before, 1);
}

#[tokio::test]
async fn a_flood_of_unknown_ids_from_one_peer_does_not_block_other_lookups() {
    let (app, mut owner) = counting_lookups().await;
    let key = app.new_key(&[Scope::Read]).await;
    let _lock = hold_lookups(&app).await;
    let keys: Vec<_> = (0..64).map(made_up).collect();
    let mut flood: Vec<_> = keys.iter().map(|key| Box::pin(present(&app, HOSTILE, key))).collect();
    for request in &mut flood {
        assert!(poll!(request).is_pending());
    }
    // Half of the connections for lookups.
    until_held_up(&mut owner, 2).await;
    present(&app, FRIENDLY, &key).await.expect(200);
    until_held_up(&mut owner, 2).await;
}

#[tokio::test]
async fn a_peer_with_too_many_failures_gets_429_and_known_keys_keep_working() {
    let app = TestApp::new().await;
    present(&app, HOSTILE, &app.key).await.expect(200);
    let mut refused = None;
    // A request without a key takes much less time than its part of the peer's second.
    for _ in 0..20_000 {
        let reply = app.send(request(HOSTILE, None)).await;
        if reply.status.as_u16() != 401 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("a refusal");
    assert_eq!(refused.header("retry-after"), "1");
    refused.expect_problem(429, "too_many_attempts");
    present(&app, HOSTILE, &app.key).await.expect(200);
    app.send(request(FRIENDLY, None)).await.expect(401);
}

#[tokio::test]
async fn a_key_used_before_its_creation_works_within_a_second() {
    let app = TestApp::new().await;
    let key = made_up(4);
    present(&app, FRIENDLY, &key).await.expect(401);
    app.store_key(&key, &[Scope::Read]).await;
    tokio::time::sleep(USED_FOR).await;
    present(&app, FRIENDLY, &key).await.expect(200);
}

/// The client address in the latest event.
async fn client_address(app: &TestApp, number: u64, forwarded: &str) -> Value {
    let body = json!({ "id": customer_id(number), "profile": { "name": "Acme" } }).to_string();
    let mut request = app.request(Method::POST, "/v1/customers", body);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(FRIENDLY, 1)));
    request.headers_mut().insert("x-forwarded-for", forwarded.parse().expect("a value"));
    app.send(request).await.expect(201);
    let events = app.get(&format!("/v1/customers/{}/events", customer_id(number))).await;
    events.expect(200).json()["items"][0]["client_address"].clone()
}

#[tokio::test]
async fn x_forwarded_for_counts_only_from_a_trusted_proxy() {
    let app = TestApp::new().await;
    assert_eq!(client_address(&app, 1, "203.0.113.9").await, "198.51.100.7");
    let behind = App::new(app.store.clone(), Settings::default());
    let app = app.at(behind.trusting(&["198.51.100.0/24".parse().expect("a network")]));
    assert_eq!(client_address(&app, 2, "10.9.9.9, 203.0.113.9").await, "203.0.113.9");
}

#[tokio::test]
async fn failed_attempts_are_logged_with_key_id_and_peer_and_then_counted() {
    let app = TestApp::new().await;
    let (log, logged) = Log::start("info");
    present(&app, HOSTILE, &made_up(5)).await.expect(401);
    app.send(request(HOSTILE, Some("dossier_canary"))).await.expect(401);
    for _ in 0..50 {
        app.send(request(HOSTILE, None)).await;
    }
    drop(logged);
    let text = log.take();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("no valid API key")).collect();
    let first = lines.first().expect("a line");
    for part in ["INFO", made_up(5).id(), "203.0.113.9"] {
        assert!(first.contains(part), "{part} is not in {first}");
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(!text.contains(&"07".repeat(32)), "no secret");
    assert!(lines.len() < 52, "{} lines", lines.len());
}
