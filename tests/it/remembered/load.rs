//! Many reads and writes at once, at several instances, with lost appends and rebuilds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use domain::CustomerId;
use sqlx::query;
use store::{Options, Store, TenantRef};
use tests::{Chance, Draft, TestApp, customer_id};
use tokio::task::JoinSet;
use uuid::Uuid;

const CUSTOMERS: usize = 8;
const READERS: u64 = 4;
const WRITERS: u64 = 2;
const COMMANDS: u64 = 120;

/// What was acknowledged of each customer.
struct Acknowledged {
    tenant: TenantRef,
    ids: Vec<Uuid>,
    versions: Vec<AtomicI64>,
    reads: AtomicU64,
    done: AtomicBool,
}

impl Acknowledged {
    fn any(&self, chance: &mut Chance) -> usize {
        let count = u64::try_from(self.ids.len()).expect("a count");
        usize::try_from(chance.below(count)).expect("an index")
    }

    /// Changes customers and publishes each version once it is acknowledged.
    async fn write(&self, store: Store, mut chance: Chance) {
        for _ in 0..COMMANDS {
            let at = self.any(&mut chance);
            let note = Uuid::new_v4().to_string();
            let answer = Draft::note(self.tenant, self.ids[at], &note).happens(&store).await;
            let version = answer.rendered.version.expect("a version");
            self.versions[at].fetch_max(version, Ordering::SeqCst);
        }
    }

    /// Reads customers until nobody writes. No version is lower than one acknowledged before the read, or
    /// than one that was read before.
    async fn read(&self, store: Store, mut chance: Chance) {
        while !self.done.load(Ordering::SeqCst) {
            let at = self.any(&mut chance);
            let least = self.versions[at].load(Ordering::SeqCst);
            let read = store.customer_document(self.tenant, CustomerId(self.ids[at])).await;
            let version = read.expect("an answer").expect("a customer").version;
            assert!(version >= least, "version {version} after {least} was known");
            // What was shown once must not be taken back by another instance, either.
            self.versions[at].fetch_max(version, Ordering::SeqCst);
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Fences as after a lost append, while others read and write.
async fn lose_appends(app: TestApp, known: Arc<Acknowledged>) {
    let mut connection = app.database.connect().await;
    while !known.done.load(Ordering::SeqCst) {
        query("update log_heads set fence = fence + 1")
            .execute(&mut connection)
            .await
            .expect("a fence");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_of_three_instances_is_older_than_what_was_known_before() {
    let app = TestApp::new().await;
    let ids: Vec<_> = (0..).map(customer_id).take(CUSTOMERS).collect();
    for id in &ids {
        Draft::register(app.tenant, *id).happens(&app.store).await;
    }
    let known = Arc::new(Acknowledged {
        tenant: app.tenant,
        versions: ids.iter().map(|_| AtomicI64::new(1)).collect(),
        ids,
        reads: AtomicU64::new(0),
        done: AtomicBool::new(false),
    });
    // The third has room for three customers only.
    let little = Options { read_memory_bytes: 3_500, followers: 0, ..app.options() };
    let little = Store::open(&little).await.expect("a store");
    let stores = [app.store.clone(), app.another_that_does_not_follow().await.store, little];
    let mut chance = Chance::seeded("remembered reads");
    let (mut readers, mut writers) = (JoinSet::new(), JoinSet::new());
    for store in &stores {
        for _ in 0..READERS {
            let (store, known, chance) = (store.clone(), Arc::clone(&known), chance.split());
            readers.spawn(async move { known.read(store, chance).await });
        }
        for _ in 0..WRITERS {
            let (store, known, chance) = (store.clone(), Arc::clone(&known), chance.split());
            writers.spawn(async move { known.write(store, chance).await });
        }
    }
    readers.spawn(lose_appends(app.clone(), Arc::clone(&known)));
    writers.join_all().await;
    known.done.store(true, Ordering::SeqCst);
    readers.join_all().await;

    assert!(known.reads.load(Ordering::Relaxed) > 100, "the readers had their turns");
    for store in &stores {
        let heads = store.connections().into_iter().find(|(kind, _)| *kind == "heads");
        let used = heads.is_some_and(|(_, usage)| usage.idle + usage.used > 0);
        assert!(used, "reads came from memory");
    }
}
