//! A thousand kinds of tampering with the log: each is found and located.

mod keys;
mod served;

use sqlx::{PgConnection, query_as, raw_sql};
use store::log::{Kind, Link, StoredEvent, TreeHead, Verified, verify_snapshot};
use store::{Partition, TenantRef};
use tests::{Chance, Draft, TestApp, customer_id};

/// The number of tamperings.
const TAMPERS: u64 = 1_000;
/// The number of untampered logs.
const CLEAN: u64 = 100;
/// The number of kinds of tampering.
const KINDS: u64 = 11;
/// The columns of an event, and their changed values.
const COLUMNS: [(&str, &str); 10] = [
    ("payload", "(payload::text || ' ')::json"),
    ("metadata", r#"'{"actor":"someone else"}'"#),
    ("recorded_at", "recorded_at + interval '1 microsecond'"),
    ("tenant_id", "gen_random_uuid()"),
    ("aggregate_id", "aggregate_id || 'x'"),
    ("aggregate_type", "aggregate_type || 'x'"),
    ("sequence", "sequence + 1000"),
    ("event_type", "event_type || 'x'"),
    ("event_version", "'2.0'"),
    ("hash", "set_byte(hash, 31, get_byte(hash, 31) # 1)"),
];

/// A log of two tenants in two partitions, with kept heads.
struct Copy {
    owner: PgConnection,
    partitions: [Partition; 2],
    events: [Vec<StoredEvent>; 2],
    heads: Vec<TreeHead>,
}

/// The tampering: its partition, the position and the kind that must be reported.
struct Tamper {
    place: (Partition, i64),
    kind: Kind,
    /// Whether it is found without a kept head.
    alone: bool,
}

#[tokio::test]
async fn an_untampered_log_verifies_at_any_time() {
    let (app, tenants, mut chance) = two_tenants("a clean log").await;
    let customers: Vec<_> = (0..8).map(customer_id).collect();
    let mut owner = app.database.connect().await;
    let partitions = tenants.map(|tenant| tenant.partition);
    let mut heads = Vec::new();
    for round in 0..CLEAN {
        for tenant in tenants {
            let draft = Draft::random(tenant, &customers, &mut chance);
            draft.send(&app.store).await.expect("an answer");
        }
        for found in verify(&mut owner, &partitions, &heads).await {
            assert!(found.is_whole(), "round {round}: {found:?}");
        }
        let partition = partitions[usize::from(round % 2 == 0)];
        heads
            .push(app.store.log_head(TenantRef { partition, ..app.tenant }).await.expect("a head"));
    }
}

#[tokio::test]
async fn each_of_a_thousand_tamperings_is_located() {
    let (mut copy, mut chance) = a_copy().await;
    for found in verify(&mut copy.owner, &copy.partitions, &copy.heads).await {
        assert!(found.is_whole(), "before: {found:?}");
    }
    for nth in 0..TAMPERS {
        run(&mut copy.owner, "begin").await;
        let tamper = copy.tamper(nth, &mut chance).await;
        let alone = verify(&mut copy.owner, &copy.partitions, &[]).await;
        let against = verify(&mut copy.owner, &copy.partitions, &copy.heads).await;
        run(&mut copy.owner, "rollback").await;
        let Tamper { place: (partition, position), kind, .. } = tamper;
        // If the chain is recomputed and its head moved, only a kept head reveals it.
        assert_eq!(alone.iter().all(Verified::is_whole), !tamper.alone, "{nth}: {alone:?}");
        let there = against.iter().flat_map(|found| &found.listed).any(|damage| {
            (damage.partition, damage.position) == (partition.number(), position)
                && damage.kind == kind
        });
        assert!(there, "{nth}: {partition}, {position}, {kind:?} isn't in {against:?}");
    }
    for found in verify(&mut copy.owner, &copy.partitions, &copy.heads).await {
        assert!(found.is_whole(), "after: {found:?}");
    }
}

async fn two_tenants(test: &str) -> (TestApp, [TenantRef; 2], Chance) {
    let app = TestApp::new().await;
    let mut other = app.another_tenant().await.tenant;
    while other.partition == app.tenant.partition {
        other = app.another_tenant().await.tenant;
    }
    let tenants = [app.tenant, other];
    let customers: Vec<_> = (0..8).map(customer_id).collect();
    for tenant in tenants {
        Draft::history(&app.store, tenant, &customers, test).await;
    }
    (app, tenants, Chance::seeded(test))
}

/// A log with its triggers off, and the heads of its middle and its end.
async fn a_copy() -> (Copy, Chance) {
    let (app, tenants, chance) = two_tenants("a tampered log").await;
    app.store.close().await;
    let mut owner = app.database.connect().await;
    run(&mut owner, "alter table events disable trigger user").await;
    let partitions = tenants.map(|tenant| tenant.partition);
    let (mut events, mut heads) = ([vec![], vec![]], vec![]);
    for (partition, events) in partitions.into_iter().zip(&mut events) {
        *events = read(&mut owner, partition).await;
        for size in [events.len() / 2, events.len()] {
            let mut tree = store::log::tree::Tree::default();
            for event in &events[..size] {
                tree.push(event.hash.as_slice().try_into().expect("a hash"), |_, _| {});
            }
            let size = i64::try_from(size).expect("a size");
            heads.push(TreeHead { partition, size, root: tree.root() });
        }
    }
    (Copy { owner, partitions, events, heads }, chance)
}

impl Copy {
    async fn tamper(&mut self, nth: u64, chance: &mut Chance) -> Tamper {
        let which = usize::from(chance.percent(50));
        let (partition, elsewhere) = (self.partitions[which], self.partitions[1 - which]);
        let end = i64::try_from(self.events[which].len()).expect("a count");
        let end_elsewhere = i64::try_from(self.events[1 - which].len()).expect("a count");
        let mut any = |from: i64, until: i64| {
            from + i64::try_from(chance.below((until - from).unsigned_abs() + 1)).expect("a place")
        };
        let p = any(1, end);
        let (there, at) =
            (format!("partition = {partition}"), format!("partition = {partition} and position"));
        let found = |position, kind| Tamper { place: (partition, position), kind, alone: true };
        let (statements, tamper) = match nth % KINDS {
            0 => {
                let (column, other) = COLUMNS[usize::try_from(nth / KINDS % 10).expect("a column")];
                let edit = format!("update events set {column} = {other} where {at} = {p}");
                (edit, found(p, Kind::Edited))
            }
            1 => (
                format!("delete from events where {at} = {p}"),
                found(p, Kind::Missing { until: p }),
            ),
            2 => {
                let close =
                    format!("delete from events where {at} = {p}; {}", shift(partition, p, -1));
                let kind = if p == end { Kind::Missing { until: end } } else { Kind::Edited };
                (close, found(p, kind))
            }
            3 => {
                let forge = forge(partition, p, p + 1);
                let insert = format!("{}; {forge}", shift(partition, p, 1));
                (insert, found(p + 1, if p == end { Kind::BeyondHead } else { Kind::Edited }))
            }
            4 => (forge(partition, p, end + 1), found(end + 1, Kind::BeyondHead)),
            5 => {
                let q = if p == end { any(1, end - 1) } else { any(p + 1, end) };
                let swap = format!(
                    "update events set position = 1000000 where {at} = {p};
                     update events set position = {p} where {at} = {q};
                     update events set position = {q} where {at} = 1000000"
                );
                let written = Kind::Moved { partition: partition.number(), position: q };
                (swap, found(p, written))
            }
            6 => {
                let new = end_elsewhere + 1;
                let other = format!("partition = {elsewhere}");
                let take = format!(
                    "update events set partition = {elsewhere}, position = {new} where {at} = {p};
                     update log_heads set (position, hash) =
                        (select position, hash from events where {other} and position = {new})
                      where {other}"
                );
                let kind = Kind::Moved { partition: partition.number(), position: p };
                (take, Tamper { place: (elsewhere, new), kind, alone: true })
            }
            7 => {
                let other = format!("aggregate_type = 'customer' and {there}");
                let give = format!(
                    "update events as e set (aggregate_type, aggregate_id, sequence) =
                        (select aggregate_type, aggregate_id, max(sequence) + 1 from events
                          where {other} and aggregate_id <> e.aggregate_id
                          group by 1, 2 order by 2 limit 1)
                      where e.partition = {partition} and e.position = {p}"
                );
                (give, found(p, Kind::Edited))
            }
            8 => {
                let cut = format!("delete from events where {at} > {p}");
                if p == end {
                    let cut = format!("delete from events where {at} >= {p}");
                    (cut, found(p, Kind::Missing { until: end }))
                } else {
                    (cut, found(p + 1, Kind::Missing { until: end }))
                }
            }
            9 => {
                let last = p.min(end - 1);
                let kind = Kind::CutOff { size: end };
                (cut_clean(partition, last), Tamper { alone: false, ..found(last + 1, kind) })
            }
            _ => {
                let middle = end / 2;
                let (at, after) = if p <= middle { (middle, 0) } else { (end, middle) };
                let kind = Kind::Rewritten { after };
                (self.rewrite(which, p), Tamper { alone: false, ..found(at, kind) })
            }
        };
        run(&mut self.owner, &statements).await;
        tamper
    }

    /// Edits an event and recomputes the chain from there on, head and tree included.
    fn rewrite(&self, which: usize, from: i64) -> String {
        let partition = self.partitions[which];
        let first = usize::try_from(from - 1).expect("an index");
        let mut events = self.events[which].clone();
        let mut hash: store::log::Hash = match first.checked_sub(1) {
            Some(before) => events[before].hash.as_slice().try_into().expect("a hash"),
            None => [0; 32],
        };
        r#"{"actor":"someone else"}"#.clone_into(&mut events[first].metadata);
        let edit = r#"update events set metadata = '{"actor":"someone else"}'"#;
        let mut statements =
            vec![format!("{edit} where partition = {partition} and position = {from}")];
        for event in &events[first..] {
            hash = Link::from(event).hash(&hash);
            let number = |half: &[u8]| u128::from_be_bytes(half.try_into().expect("16 bytes"));
            let hex = format!("{:032x}{:032x}", number(&hash[..16]), number(&hash[16..]));
            let position = event.position;
            statements.push(format!(
                "update events set hash = '\\x{hex}' where partition = {partition} and position = {position}"
            ));
        }
        statements.push(agree(partition));
        statements.join(";")
    }
}

/// Moves everything after a position by one.
fn shift(partition: Partition, after: i64, by: i64) -> String {
    let there = format!("where partition = {partition} and position");
    format!(
        "update events set position = position + 1000000 {there} > {after};
         update events set position = position - 1000000 + {by} {there} > 1000000"
    )
}

/// Inserts a copy of the event at `like` at another position.
fn forge(partition: Partition, like: i64, place: i64) -> String {
    format!(
        "insert into events
         select aggregate_type, aggregate_id, sequence + 9000, event_type, event_version, payload,
                metadata, partition, {place}, tenant_id, recorded_at, sha256(hash)
           from events where partition = {partition} and position = {like}"
    )
}

/// Deletes everything after a position, with all traces of it.
fn cut_clean(partition: Partition, last: i64) -> String {
    let there = format!("partition = {partition}");
    format!(
        "delete from events where {there} and position > {last};
         delete from customers as c where {there} and not exists (select from events
          where aggregate_type = 'customer' and aggregate_id = c.tenant_id || '/' || c.customer_id);
         update customers as c set version = (select max(sequence) from events
          where aggregate_type = 'customer' and aggregate_id = c.tenant_id || '/' || c.customer_id)
          where {there};
         delete from tenants as t where {there} and not exists (select from events
          where aggregate_type = 'tenant' and aggregate_id = t.tenant_id::text);
         update tenants as t set version = (select max(sequence) from events
          where aggregate_type = 'tenant' and aggregate_id = t.tenant_id::text) where {there};
         {}",
        agree(partition)
    )
}

/// Makes head and tree match the events.
fn agree(partition: Partition) -> String {
    format!(
        "update log_heads set (position, hash, recorded_at) = (select position, hash, recorded_at from events
          where partition = {partition} order by position desc limit 1) where partition = {partition};
         delete from log_tree"
    )
}

pub(crate) async fn run(owner: &mut PgConnection, statements: &str) {
    raw_sql(statements).execute(owner).await.expect("what a superuser may do");
}

async fn read(owner: &mut PgConnection, partition: Partition) -> Vec<StoredEvent> {
    query_as(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events where partition = $1 order by position",
    )
    .bind(partition.number())
    .fetch_all(owner)
    .await
    .expect("events")
}

/// Verifies within the transaction of the connection, if there is one.
async fn verify(
    owner: &mut PgConnection,
    partitions: &[Partition],
    heads: &[TreeHead],
) -> Vec<Verified> {
    verify_snapshot(owner, partitions, heads).await.expect("a check")
}
