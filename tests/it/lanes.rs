//! Slow reads of one tenant leave connections to others.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use http::{App, Settings};
use serde_json::{Value, json};
use sqlx::{PgConnection, raw_sql};
use store::api_keys::Scope;
use store::{Options, Store};
use tests::{Reply, TestApp, customer_id};
use tokio::task::JoinHandle;

/// The advisory lock that slow reads wait for.
const LOCK: i64 = 4_711;
/// The time limit for another tenant's answers: much longer than they need.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// A service with two tenants in different partitions, each with customers that read models know.
async fn two_tenants() -> (TestApp, TestApp) {
    let slow = TestApp::new().await;
    let other = loop {
        let other = slow.another_tenant().await;
        if other.tenant.partition != slow.tenant.partition {
            break other;
        }
    };
    for number in 0..30 {
        slow.register(customer_id(number), "Slow").await;
    }
    let body =
        json!({ "id": customer_id(100), "external_id": "acme", "profile": { "name": "Acme" } });
    other.post("/v1/customers", &body).await.expect(201);
    slow.settle().await;
    (slow, other)
}

/// Runs this for each row of the tenant's customers that is read.
async fn whenever_read(app: &TestApp, statement: &str) {
    let mut owner = app.database.connect().await;
    let sql = format!(
        "create function on_read(p_tenant uuid) returns boolean language plpgsql as $$
         begin
             if p_tenant = '{}' then
                 {statement}
             end if;
             return true;
         end $$;
         create policy read_slowly on customers as restrictive for select using (on_read(tenant_id));",
        app.tenant.id
    );
    raw_sql(&sql).execute(&mut owner).await.expect("a policy");
}

/// Makes the tenant's reads wait until the returned value is dropped.
async fn hold_reads(app: &TestApp) -> PgConnection {
    whenever_read(app, &format!("perform pg_advisory_xact_lock_shared({LOCK});")).await;
    let mut holder = app.database.connect().await;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut holder)
        .await
        .expect("a lock");
    holder
}

/// How many statements wait for the lock.
async fn held_up(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*)
           from pg_locks as l
           join pg_database as d on d.oid = l.database
          where d.datname = current_database() and l.locktype = 'advisory' and not l.granted",
    )
    .fetch_one(owner)
    .await
    .expect("a count")
}

/// Returns when at least so many statements wait for the lock.
async fn until_held_up(app: &TestApp, statements: i64) {
    let mut owner = app.database.connect().await;
    let waits = async {
        while held_up(&mut owner).await < statements {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(ANSWERED_WITHIN, waits).await.expect("statements that wait");
}

/// Repeats this from this many callers.
fn flood<F>(callers: usize, act: impl Fn(usize) -> F + Send + Sync + 'static) -> Vec<JoinHandle<()>>
where
    F: Future<Output = Reply> + Send + 'static,
{
    let act = Arc::new(act);
    let caller = |nth| {
        let act = Arc::clone(&act);
        tokio::spawn(async move {
            loop {
                act(nth).await;
            }
        })
    };
    (0..callers).map(caller).collect()
}

fn stop(flood: Vec<JoinHandle<()>>) {
    for caller in flood {
        caller.abort();
    }
}

fn flexprice_search() -> Value {
    let contains = |text: &str| json!({ "field": "name", "operator": "contains", "value": { "string": text } });
    json!({ "filters": [contains("s"), contains("l")], "limit": 1_000 })
}

async fn search(app: &TestApp, body: &Value) -> Reply {
    let path = "/compat/flexprice/v1/customers/search";
    app.send(app.request(Method::POST, path, body.to_string())).await
}

#[tokio::test]
async fn blocked_reads_of_one_tenant_do_not_block_another_tenant() {
    let (slow, other) = two_tenants().await;
    let _lock = hold_reads(&slow).await;
    let paths = [
        format!("/v1/customers/{}", customer_id(1)),
        "/v1/customers".to_owned(),
        "/v1/customers?search=slow".to_owned(),
        "/v1/customers?as_of=2100-01-01T00:00:00Z".to_owned(),
    ];
    let reader = slow.clone();
    let flood = flood(64, move |nth| {
        let (app, path) = (reader.clone(), paths.get(nth % 5).cloned());
        async move {
            match path {
                Some(path) => app.get(&path).await,
                None => search(&app, &flexprice_search()).await,
            }
        }
    });
    // Half of the four connections for each of reads by id, lists and searches.
    until_held_up(&slow, 4).await;

    let key = other.new_key(&Scope::OF_TENANT).await;
    let other = other.with_key(key);
    let answers = async {
        other.get("/readyz").await.expect(200);
        let one = format!("/v1/customers/{}", customer_id(100));
        for path in [
            one.as_str(),
            "/v1/customers/external:acme",
            "/v1/customers",
            "/v1/customers?search=acme",
            "/v1/customers?sort=name&as_of=2100-01-01T00:00:00Z",
            "/v1/audit?surface=native",
            "/v1/feed?from=beginning",
            "/v1/tenant",
        ] {
            other.get(path).await.expect(200);
        }
        search(&other, &flexprice_search()).await.expect(200);
    };
    tokio::time::timeout(ANSWERED_WITHIN, answers).await.expect("answers");
    until_held_up(&slow, 1).await;
    stop(flood);
}

#[tokio::test]
async fn abandoned_reads_have_no_more_statements_than_waiting_ones() {
    let (slow, _) = two_tenants().await;
    let _lock = hold_reads(&slow).await;
    let mut owner = slow.database.connect().await;
    for round in 1..=10 {
        let reader = slow.clone();
        let flood = flood(8, move |_| {
            let app = reader.clone();
            async move { search(&app, &flexprice_search()).await }
        });
        until_held_up(&slow, 2).await;
        stop(flood);
        assert_eq!(held_up(&mut owner).await, 2, "round {round}: half of the connections");
    }
}

#[tokio::test]
async fn a_search_that_takes_too_long_says_how_to_narrow_it() {
    let (slow, other) = two_tenants().await;
    whenever_read(&slow, "perform pg_sleep(1);").await;
    let options = Options {
        search_timeout: Duration::from_millis(500),
        ..Options::new(slow.database.options.clone())
    };
    let store = Store::open(&options).await.expect("a store");
    let impatient = App::new(store, Settings::default());
    let slow = slow.at(impatient);
    for path in ["/v1/customers?search=slow", "/v1/customers?as_of=2100-01-01T00:00:00Z"] {
        let refused = slow.get(path).await.expect_problem(400, "query_too_costly");
        let detail = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("narrow it"), "{detail}");
    }
    search(&slow, &flexprice_search()).await.expect(400);
    search(&slow.with_key(other.key), &flexprice_search()).await.expect(200);
}
