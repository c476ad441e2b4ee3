//! The log: one gapless chain per partition that detects tampering.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, query, query_as, raw_sql};
use store::log::{Kind, Verified, verify_partition};
use tests::{Draft, TestApp, customer_id, expect_sound};
use uuid::Uuid;

/// A service whose tenant has customers with a history.
async fn with_history() -> TestApp {
    let app = TestApp::new().await;
    let customers: Vec<_> = (0..8).map(customer_id).collect();
    Draft::history(&app.store, app.tenant, &customers, "a history").await;
    app
}

async fn verify(app: &TestApp) -> Verified {
    let mut connection = app.database.connect().await;
    verify_partition(&mut connection, app.tenant.partition, &[]).await.expect("a check")
}

#[tokio::test]
async fn after_mixed_commands_no_position_is_missing_and_the_chain_verifies() {
    let app = with_history().await;
    let other = app.another_tenant().await;
    Draft::register(other.tenant, customer_id(1)).happens(&app.store).await;

    let mut connection = app.database.connect().await;
    let found = expect_sound(&mut connection).await;
    assert!(found.events > 50, "{found:?}");
    assert!(found.reservations > 0, "{found:?}");
    let heads: Vec<(i16, i64, i64, i64)> = query_as(
        "select h.partition, h.position, count(e.position), coalesce(max(e.position), 0)
           from log_heads as h left join events as e using (partition)
          group by h.partition, h.position",
    )
    .fetch_all(&mut connection)
    .await
    .expect("heads");
    assert_eq!(heads.len(), 32);
    for (partition, head, count, last) in heads {
        assert_eq!((head, head), (count, last), "partition {partition}");
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    partition: i16,
    position: i64,
    tenant_id: Uuid,
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
    hash: Vec<u8>,
}

impl Row {
    /// An independent implementation of the documented rule: the previous hash, then each part
    /// preceded by its length in eight bytes.
    fn bytes_after(&self, previous: &[u8]) -> Vec<u8> {
        let parts: [Vec<u8>; 11] = [
            self.partition.to_be_bytes().to_vec(),
            self.position.to_be_bytes().to_vec(),
            self.tenant_id.into_bytes().to_vec(),
            self.aggregate_type.clone().into_bytes(),
            self.aggregate_id.clone().into_bytes(),
            self.sequence.to_be_bytes().to_vec(),
            self.event_type.clone().into_bytes(),
            self.event_version.clone().into_bytes(),
            self.payload.clone().into_bytes(),
            self.metadata.clone().into_bytes(),
            self.recorded_at.timestamp_micros().to_be_bytes().to_vec(),
        ];
        let mut bytes = previous.to_vec();
        for part in parts {
            bytes.extend(u64::try_from(part.len()).expect("a length").to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

#[tokio::test]
async fn anyone_can_recompute_the_chain_from_the_rows_and_the_documented_rule() {
    let app = with_history().await;
    let mut connection = app.database.connect().await;
    let rows: Vec<Row> = query_as(
        "select partition, position, tenant_id, aggregate_type, aggregate_id, sequence, event_type,
                event_version, payload::text as payload, metadata::text as metadata, recorded_at, hash
           from events where partition = $1 order by position",
    )
    .bind(app.tenant.partition.number())
    .fetch_all(&mut connection)
    .await
    .expect("rows");
    let mut hash = vec![0; 32];
    for row in &rows {
        hash = Sha256::digest(row.bytes_after(&hash)).to_vec();
        assert_eq!(row.hash, hash, "position {}", row.position);
    }
    let Verified { events, hash: verified, listed, .. } = verify(&app).await;
    assert_eq!(listed, []);
    assert_eq!((events, verified.to_vec()), (i64::try_from(rows.len()).expect("a count"), hash));
}

/// Changes stored data as a superuser with disabled triggers can.
async fn tamper(connection: &mut PgConnection, how: &str) {
    let statements = format!(
        "begin; alter table events disable trigger user; {how};
         alter table events enable always trigger events_are_never_changed;
         alter table events enable always trigger events_are_never_truncated; commit"
    );
    raw_sql(&statements).execute(connection).await.expect("a change behind the service's back");
}

#[tokio::test]
async fn every_kind_of_tampering_with_an_event_is_located() {
    let app = with_history().await;
    let untouched = verify(&app).await;
    let at = format!("partition = {} and position = 7", app.tenant.partition);
    let mut connection = app.database.connect().await;
    let fields = [
        ("payload", "(payload::text || ' ')::json"),
        ("metadata", r#"'{"actor":"someone else"}'"#),
        ("recorded_at", "recorded_at + interval '1 microsecond'"),
        ("tenant_id", "gen_random_uuid()"),
        ("aggregate_id", "aggregate_id || 'x'"),
        ("aggregate_type", "aggregate_type || 'x'"),
        ("sequence", "sequence + 1000"),
        ("event_type", "'CustomerArchived'"),
        ("event_version", "'2.0'"),
        ("hash", "set_byte(hash, 0, get_byte(hash, 0) # 1)"),
    ];
    query("create table kept as select * from events")
        .execute(&mut connection)
        .await
        .expect("rows");
    for (field, other) in fields {
        tamper(&mut connection, &format!("update events set {field} = {other} where {at}")).await;
        let found = verify(&app).await;
        let first = found.listed.first().expect("damage");
        assert_eq!((first.position, first.kind), (7, Kind::Edited), "{field}: {found:?}");
        restore(&mut connection).await;
        assert_eq!(verify(&app).await, untouched, "after {field}");
    }
}

async fn restore(connection: &mut PgConnection) {
    tamper(connection, "delete from events; insert into events select * from kept").await;
}

#[tokio::test]
async fn deleted_inserted_swapped_and_moved_events_are_located() {
    let app = with_history().await;
    let untouched = verify(&app).await;
    let last = untouched.events;
    let partition = app.tenant.partition;
    let there = format!("partition = {partition}");
    let insert = |place: &str| {
        format!(
            "insert into events
             select aggregate_type, aggregate_id, sequence + 9000, event_type, event_version, payload,
                    metadata, {place}, tenant_id, recorded_at, hash
               from events where {there} and position = 7"
        )
    };
    let cases = [
        (
            "deleted",
            7,
            Kind::Missing { until: 7 },
            format!("delete from events where {there} and position = 7"),
        ),
        (
            "first deleted",
            1,
            Kind::Missing { until: 1 },
            format!("delete from events where {there} and position = 1"),
        ),
        (
            "last deleted",
            last,
            Kind::Missing { until: last },
            format!("delete from events where {there} and position = {last}"),
        ),
        (
            "deleted and closed up",
            8,
            Kind::Moved { partition: partition.number(), position: 9 },
            format!(
                "delete from events where {there} and position = 7;
                 update events set position = position + 100000 where {there} and position > 7;
                 update events set position = position - 100001 where {there} and position > 7"
            ),
        ),
        (
            "swapped",
            7,
            Kind::Moved { partition: partition.number(), position: 8 },
            format!(
                "update events set position = 0x7fff where {there} and position = 7;
                 update events set position = 7 where {there} and position = 8;
                 update events set position = 8 where {there} and position = 0x7fff"
            )
            .replace("0x7fff", "32767"),
        ),
        ("appended", last + 1, Kind::BeyondHead, insert(&format!("{partition}, {}", last + 1))),
        ("table emptied", 1, Kind::Missing { until: last }, "truncate events".to_owned()),
    ];
    let mut connection = app.database.connect().await;
    query("create table kept as select * from events")
        .execute(&mut connection)
        .await
        .expect("rows");
    for (case, position, kind, how) in cases {
        tamper(&mut connection, &how).await;
        let found = verify(&app).await;
        let there = found.listed.iter().any(|one| one.position == position && one.kind == kind);
        assert!(there, "{case}: {found:?}");
        restore(&mut connection).await;
        assert_eq!(verify(&app).await, untouched, "after {case}");
    }
    // An event put into the chain of another partition breaks that one.
    let other = (partition.number() + 1) % 32;
    tamper(&mut connection, &insert(&format!("{other}, 1"))).await;
    let other = store::Partition::new(other).expect("a partition");
    let found = verify_partition(&mut connection, other, &[]).await.expect("a check");
    assert_eq!(found.listed.first().map(|one| one.position), Some(1), "{found:?}");
}

#[tokio::test]
async fn times_increase_from_command_to_command() {
    let app = with_history().await;
    let id = customer_id(20);
    let together = Draft::register(app.tenant, id)
        .command("set-aliases", json!({ "aliases": ["together"] }))
        .command("replace-metadata", json!({ "metadata": { "note": "together" } }));
    let at = together.happens(&app.store).await.rendered.position.expect("a position");
    let another = app.another_instance().await;
    Draft::note(app.tenant, id, "by another instance").happens(&another.store).await;

    let mut connection = app.database.connect().await;
    let events: Vec<(i64, DateTime<Utc>, String)> = query_as(
        "select position, recorded_at, aggregate_id from events where partition = $1 order by position",
    )
    .bind(app.tenant.partition.number())
    .fetch_all(&mut connection)
    .await
    .expect("events");
    for pair in events.windows(2) {
        let [(_, before, stream), (position, after, next)] = pair else { continue };
        assert!(before <= after, "time goes back at {position}");
        // One command has one stream.
        assert!(stream == next || before < after, "two commands share a time at {position}");
    }
    let times: Vec<_> =
        events.iter().filter(|(position, ..)| (at - 2..=at).contains(position)).collect();
    assert_eq!(times.len(), 3);
    assert!(times.iter().all(|(_, time, _)| *time == times[0].1), "{times:?}");
    let last = &events[events.len() - 1];
    assert!(last.1 > times[0].1, "{last:?}");
}
