//! Random commands on two instances whose sessions and connections end at any moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgConnection, query, query_as, query_scalar};
use store::{
    Expected, Limits, Options, Reference, Store, StoreError, Submission, Target, TenantRef,
};
use tests::{
    Chance, Door, Draft, Proxy, TestApp, customer_id, define_custom_field, expect_sound,
    idle_in_transaction,
};
use tokio::task::JoinSet;
use uuid::Uuid;

const CALLERS: u64 = 12;
const COMMANDS: u64 = 60;
/// After this many ended sessions the callers may finish undisturbed.
const ENDS_MAX: u32 = 150;

/// The outcome of a command as its caller saw it.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// Stored, with this many events.
    Happened(i64),
    Refused,
    /// The outcome is unknown.
    Unknown,
}

/// A random command: by any name, with or without a key, or as a dry run.
fn any(tenant: TenantRef, ids: &[Uuid], chance: &mut Chance, request: &str) -> (Draft, Tweaks) {
    let draft = Draft::random(tenant, ids, chance);
    let keyed = chance.percent(50);
    let draft = if keyed { draft.key(request) } else { draft };
    let name = format!("name-{}", chance.below(12));
    let reference = match chance.below(6) {
        0 => Some(Reference::External(name)),
        1 => Some(Reference::Alias(name)),
        _ => None,
    };
    let dry_run = chance.percent(10);
    (draft, Tweaks { reference, dry_run, keyed, expects: chance.percent(5) })
}

/// The parts of a submission that a draft lacks.
#[derive(Clone, Debug)]
struct Tweaks {
    reference: Option<Reference>,
    dry_run: bool,
    keyed: bool,
    expects: bool,
}

impl Tweaks {
    fn submission(&self, draft: &Draft, request: &str) -> Submission {
        let mut submission = draft.submission();
        submission.dry_run = self.dry_run;
        if self.expects {
            submission.expected = Expected::Exists;
        }
        if let (Target::Customer { reference, .. }, Some(wanted)) =
            (&mut submission.target, &self.reference)
        {
            *reference = wanted.clone();
        }
        submission.metadata.insert("request_id".to_owned(), request.to_owned());
        submission
    }
}

/// One caller: repeats commands with an unknown outcome if they have a key.
async fn call(
    tenant: TenantRef,
    stores: [Store; 2],
    mut chance: Chance,
    caller: u64,
) -> Vec<(String, Outcome)> {
    let ids: Vec<_> = (0..8).map(customer_id).collect();
    let mut outcomes = Vec::new();
    for command in 0..COMMANDS {
        let request = format!("{caller}-{command}");
        let (draft, tweaks) = any(tenant, &ids, &mut chance, &request);
        let answer = loop {
            let store = &stores[usize::from(chance.percent(50))];
            // Sometimes twice concurrently: under one key the answers must be equal.
            let twice = tweaks.keyed && chance.percent(30);
            let first = store.submit(tweaks.submission(&draft, &request));
            let answer = if twice {
                let other = &stores[usize::from(chance.percent(50))];
                let second = other.submit(tweaks.submission(&draft, &request));
                let (first, second) = tokio::join!(first, second);
                if let (Ok(first), Ok(second), false) = (&first, &second, tweaks.dry_run) {
                    assert_eq!(first.rendered, second.rendered, "{request}");
                }
                first
            } else {
                first.await
            };
            match answer {
                Ok(answer) if tweaks.dry_run => break (answer.rendered.status, 0),
                Ok(answer) => {
                    let events = answer.rendered.body.strip_suffix(" events");
                    let events = events.and_then(|events| events.parse().ok()).unwrap_or(0);
                    break (answer.rendered.status, events);
                }
                Err(StoreError::Unavailable(_)) if tweaks.keyed => {}
                Err(StoreError::Unavailable(_)) => break (503, 0),
                Err(error) => panic!("{request}: {error:?}"),
            }
        };
        outcomes.push((
            request,
            match answer {
                (200, events) => Outcome::Happened(events),
                (503, _) => Outcome::Unknown,
                _ => Outcome::Refused,
            },
        ));
    }
    outcomes
}

/// Ends sessions, cuts connections and refuses new ones, at random.
async fn disturb(connection: &mut PgConnection, proxies: &[Arc<Proxy>; 2], chance: &mut Chance) {
    let proxy = &proxies[usize::from(chance.percent(50))];
    match chance.below(10) {
        0 => {
            proxy.door(Door::Refuse);
            proxy.cut();
            tokio::time::sleep(Duration::from_micros(chance.below(20_000))).await;
            proxy.door(Door::Open);
        }
        1..=3 => proxy.cut(),
        _ => {
            query(
                "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and application_name = 'dossier'
                    and pid % 3 = $1",
            )
            .bind(i32::try_from(chance.below(3)).expect("a remainder"))
            .execute(connection)
            .await
            .expect("ended sessions");
        }
    }
}

/// Requires that no customer is its own ancestor, and that no hierarchy is too deep.
async fn expect_hierarchy(connection: &mut PgConnection) {
    let rows: Vec<(Uuid, Uuid)> =
        query_as("select customer_id, parent_id from customers where parent_id is not null")
            .fetch_all(connection)
            .await
            .expect("parents");
    let parents: BTreeMap<_, _> = rows.into_iter().collect();
    for customer in parents.keys() {
        let mut above = std::iter::successors(Some(customer), |child| parents.get(child));
        assert!(above.nth(8).is_none(), "{customer} has too many ancestors, or is one of them");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_commands_match_their_answers_whatever_fails_meanwhile() {
    let app = TestApp::new().await;
    define_custom_field(&app.store, app.tenant).await;
    let mut chance = Chance::seeded("any commands, two instances");
    let proxies = [Proxy::to(&app.database).await, Proxy::to(&app.database).await].map(Arc::new);
    let mut stores = Vec::new();
    for proxy in &proxies {
        let writers = Limits { queue_max: 64, batch_max: 6, connections_max: 2 };
        let options = Options { readers_max: 1, writers, ..Options::new(proxy.options.clone()) };
        stores.push(Store::open(&options).await.expect("a store"));
    }
    let stores: [Store; 2] = stores.try_into().ok().expect("two stores");
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(call(app.tenant, stores.clone(), chance.split(), caller));
    }
    let mut connection = app.database.connect().await;
    let (mut outcomes, mut ends) = (Vec::new(), 0);
    while !callers.is_empty() {
        let wait = match ends {
            // Frequently at first: on a fast machine the callers finish soon.
            0..10 => chance.below(3_000),
            10..ENDS_MAX => chance.below(30_000),
            _ => 60_000_000,
        };
        let wait = Duration::from_micros(wait);
        if let Ok(done) = tokio::time::timeout(wait, callers.join_next()).await {
            outcomes.extend(done.expect("a caller").expect("no panic"));
            continue;
        }
        assert!(ends < ENDS_MAX, "someone waits for ever");
        disturb(&mut connection, &proxies, &mut chance).await;
        ends += 1;
    }
    for (request, outcome) in outcomes {
        let happened: i64 =
            query_scalar("select count(*) from events where metadata ->> 'request_id' = $1")
                .bind(&request)
                .fetch_one(&mut connection)
                .await
                .expect("a count");
        match outcome {
            Outcome::Happened(events) => {
                assert_eq!(happened, events, "{request} after {ends} ends");
            }
            Outcome::Refused => assert_eq!(happened, 0, "{request} was refused"),
            // No command here makes more events than a registration: one.
            Outcome::Unknown => assert!(happened <= 1, "{request} happened {happened} times"),
        }
    }
    assert!(ends >= 5, "only {ends} sessions or connections were ended");
    for store in stores {
        store.close().await;
    }
    let found = expect_sound(&mut connection).await;
    assert!(found.events > 100, "{found:?}");
    expect_hierarchy(&mut connection).await;
    assert_eq!(idle_in_transaction(&mut connection).await, 0);
}
