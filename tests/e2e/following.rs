//! Many events, two services that are killed now and then, and a database with other load: every
//! read model has each event once.

mod compare;
mod disturbed;
mod fold;
mod writers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, query, query_scalar};
use store::{Options, Store};
use tests::{Chance, TestDatabase};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::compare::{Compared, expect_as_the_log_says};
use self::disturbed::Disturbed;
use self::writers::Writing;
use crate::service::{Service, succeeds};

/// The number of events; `EVENTS` in the environment overrides it, such as 1000000.
const EVENTS: u64 = 150_000;
/// Tenants, most likely each in its own partition.
const TENANTS: usize = 8;
/// Concurrent command requests of a tenant.
const WRITERS: usize = 2;
const KILLS: u64 = 8;
/// The time limit for following the writes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(10);

/// One of the two instances, and its address.
struct Instance {
    service: Option<Service>,
    moved: watch::Sender<SocketAddr>,
}

impl Instance {
    async fn start(url: &str) -> Self {
        let service = serve(url).await;
        let moved = watch::Sender::new(service.address);
        Self { service: Some(service), moved }
    }

    /// Kills it without warning, and starts it again.
    async fn restart(&mut self, url: &str, pause: Duration) {
        if let Some(service) = self.service.take() {
            service.kill().await;
        }
        tokio::time::sleep(pause).await;
        let service = serve(url).await;
        self.moved.send_replace(service.address);
        self.service = Some(service);
    }
}

async fn serve(url: &str) -> Service {
    Service::start_with(&[], &[("DATABASE_URL", url)], "dossier is at").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_model_has_every_event_once_after_any_fault() {
    let events = wanted();
    let mut chance = Chance::seeded("following");
    let database = TestDatabase::new().await;
    let mut log = database.connect().await;
    let mut pair = [Instance::start(&database.url).await, Instance::start(&database.url).await];
    let mut tenants = Vec::new();
    for _ in 0..TENANTS {
        tenants.push(tenant(&database.url).await);
    }
    let begun = Instant::now();
    let mut disturbed = Disturbed::begin(&database, &mut chance).await;
    let client = reqwest::Client::builder().timeout(Duration::from_mins(1)).build();
    let writing = Arc::new(Writing {
        addresses: [pair[0].moved.subscribe(), pair[1].moved.subscribe()],
        client: client.expect("a client"),
        enough: AtomicBool::new(false),
        customers: AtomicU64::new(0),
        sent_again: AtomicU64::new(0),
    });
    let mut writers = JoinSet::new();
    for (nth, (_, key)) in tenants.iter().enumerate() {
        for _ in 0..WRITERS {
            let writing = Arc::clone(&writing);
            writers.spawn(writing.write(key.clone(), chance.split(), nth % 2));
        }
    }
    torment(&mut pair, &database.url, &mut log, events, &mut chance).await;
    writing.enough.store(true, Ordering::Relaxed);
    writers.join_all().await;
    let written = begun.elapsed();

    // The killed instance was most likely following.
    let either = usize::from(chance.percent(50));
    pair[either].restart(&database.url, Duration::ZERO).await;
    disturbed.calm().await;
    followed(&mut log).await;
    let followed = begun.elapsed();
    assert!(disturbed.notices_lost.load(Ordering::Relaxed) > 0, "nobody was listening");
    let lost = disturbed.notices_lost.load(Ordering::Relaxed);
    disturbed.end().await;
    for instance in pair {
        instance.service.expect("one that runs").stop().await;
    }

    let tenants: Vec<Uuid> = tenants.into_iter().map(|(tenant, _)| tenant).collect();
    let found = compare(&database, &tenants).await;
    assert!(found.events as u64 >= events, "{found:?}");
    expect_whole(&mut log, found).await;
    println!(
        "following: {found:?}, each as the log says; {} kills, {lost} listeners cut, {} lines \
         sent again; written in {:.1} s, followed after {:.1} s, compared after {:.1} s",
        KILLS + 1,
        writing.sent_again.load(Ordering::Relaxed),
        written.as_secs_f64(),
        followed.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
    );
    drop(log);
    remove(&database).await;
}

#[expect(clippy::disallowed_methods, reason = "a test's size is no setting of the service")]
fn wanted() -> u64 {
    std::env::var("EVENTS").map_or(EVENTS, |events| events.parse().expect("a number of events"))
}

/// A new tenant and a key of it.
async fn tenant(url: &str) -> (Uuid, String) {
    let environment = [("DATABASE_URL", url)];
    let id = succeeds(&["tenant", "create", "--name", "Initech"], &environment).await;
    let create = ["key", "create", "--tenant", id.trim(), "--name", "k", "--scopes", "read,write"];
    let key = succeeds(&create, &environment).await;
    (id.trim().parse().expect("an id"), key.trim().to_owned())
}

/// Kills one or the other now and then, until there are that many events.
async fn torment(
    pair: &mut [Instance; 2],
    url: &str,
    log: &mut PgConnection,
    events: u64,
    chance: &mut Chance,
) {
    let share = events / (KILLS + 1);
    for kill in 0..KILLS {
        reach(log, kill * share + share / 2 + chance.below(share)).await;
        let pause = Duration::from_millis(chance.below(1_000));
        pair[usize::from(chance.percent(50))].restart(url, pause).await;
    }
    reach(log, events).await;
}

/// Waits until there are that many events of customers.
async fn reach(log: &mut PgConnection, events: u64) {
    let mut before = (0, Instant::now());
    loop {
        // Plus the few events of tenants.
        let sum: i64 = query_scalar("select sum(position)::bigint from log_heads")
            .fetch_one(&mut *log)
            .await
            .expect("the heads");
        if sum.unsigned_abs() >= events + TENANTS as u64 {
            return;
        }
        if sum > before.0 {
            before = (sum, Instant::now());
        }
        assert!(before.1.elapsed() < PATIENCE, "nothing is written any more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until every checkpoint has reached its head.
async fn followed(log: &mut PgConnection) {
    let begun = Instant::now();
    while behind(log).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "the log isn't followed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn behind(log: &mut PgConnection) -> i64 {
    query_scalar(
        "select count(*)
           from projections as p
           join log_heads as h on p.name <> 'customers'
           left join checkpoints as c on c.partition = h.partition and c.projection = p.name
                                     and c.generation = p.generation
          where p.state = 'live' and c.position is distinct from h.position",
    )
    .fetch_one(log)
    .await
    .expect("checkpoints")
}

/// Compares two tenants at a time.
async fn compare(database: &TestDatabase, tenants: &[Uuid]) -> Compared {
    let (one, other) = tenants.split_at(tenants.len() / 2);
    let parts = [one.to_vec(), other.to_vec()].map(|tenants| {
        let database = database.clone();
        tokio::spawn(async move {
            let mut connection = database.connect().await;
            let options = Options::new(database.options.clone());
            let store = Store::open(&options).await.expect("a store");
            let mut all = Compared::default();
            for tenant in tenants {
                all = all + expect_as_the_log_says(&store, &mut connection, tenant).await;
            }
            store.close().await;
            connection.close().await.expect("an end");
            all
        })
    });
    let mut all = Compared::default();
    for part in parts {
        all = all + part.await.expect("rows that are as the log says");
    }
    all
}

/// Requires that nothing else exists: no row of another tenant, no parked stream, every 64th state,
/// and the current state of every customer.
async fn expect_whole(log: &mut PgConnection, found: Compared) {
    assert_eq!(behind(log).await, 0);
    let mut count = async |statement: &str| {
        let count: i64 = query_scalar(statement).fetch_one(&mut *log).await.expect("a count");
        usize::try_from(count).expect("a count")
    };
    assert_eq!(count("select count(*) from parked_streams").await, 0);
    assert_eq!(
        count("select count(*) from events where aggregate_type = 'customer'").await,
        found.events
    );
    assert_eq!(
        count(
            "select (select count(*) from field_changes) + (select count(*) from customer_list)
                  + (select count(*) from integration_links)
                  + (select count(*) from billing_configurations)"
        )
        .await,
        found.rows
    );
    assert_eq!(count("select count(*) from customers").await, found.customers);
    assert_eq!(
        count(
            "select count(*) from events as e
               full join customer_snapshots as s
                 on e.aggregate_id = s.tenant_id || '/' || s.customer_id and e.sequence = s.version
              where (e.aggregate_id is null or s.version is null)
                and (e.sequence is null or (e.aggregate_type = 'customer' and e.sequence % 64 = 0))"
        )
        .await,
        0,
        "snapshots that are missing or too many"
    );
    assert_eq!(
        count(
            "select count(*) from customers as c join customer_list_updates as l
              using (partition, tenant_id, customer_id) where c.version = l.version"
        )
        .await,
        found.customers
    );
}

/// A million events should not stay on the disk.
async fn remove(database: &TestDatabase) {
    let options = database.options.clone().database("postgres");
    let mut connection = PgConnection::connect_with(&options).await.expect("a connection");
    let name = database.options.get_database().expect("a name");
    let statement = format!("drop database {name} with (force)");
    query(&statement).execute(&mut connection).await.expect("the end of it");
}
