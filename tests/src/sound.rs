//! Checks that everything in a database follows from its log.

use std::collections::{BTreeMap, BTreeSet};

use domain::CustomerId;
use domain::customer::{Customer, ReservationKind};
use domain::tenant::Tenant;
use domain::upcast::Upcasters;
use serde::de::DeserializeOwned;
use sqlx::{PgConnection, query_as, query_scalar};
use store::Partition;
use store::log::{StoredEvent, verify_partition};
use uuid::Uuid;

/// The contents of a sound database.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// Events of all partitions.
    pub events: i64,
    /// Customers.
    pub customers: usize,
    /// Reserved keys.
    pub reservations: usize,
}

/// Requires that every chain verifies, every stream is contiguous, every state is the fold of its
/// events, and the reservations match the states.
///
/// Nothing may be written meanwhile.
///
/// # Panics
///
/// When something doesn't match.
pub async fn expect_sound(connection: &mut PgConnection) -> Found {
    expect_sound_with(connection, &Upcasters::default()).await
}

/// The same for a log with events of these older versions.
///
/// # Panics
///
/// When something doesn't match.
pub async fn expect_sound_with(connection: &mut PgConnection, upcasters: &Upcasters) -> Found {
    let mut found = Found::default();
    for partition in Partition::all() {
        let verified = verify_partition(connection, partition, &[]).await.expect("a check");
        assert!(verified.is_whole(), "partition {partition}: {verified:?}");
        found.events += verified.events;
    }
    let broken: Vec<(String, i64, i64)> = query_as(
        "select aggregate_id, count(*), max(sequence) from events
          group by aggregate_type, aggregate_id
         having count(*) <> max(sequence) or min(sequence) <> 1 or count(distinct partition) <> 1",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("streams");
    assert!(broken.is_empty(), "streams with gaps: {broken:?}");

    let customers: BTreeMap<_, Customer> = states(connection, "customer", upcasters).await;
    states::<Tenant>(connection, "tenant", upcasters).await;
    found.customers = customers.len();
    found.reservations = expect_reservations(connection, &customers).await;
    found
}

/// A kind of aggregate.
trait Fold: Default + DeserializeOwned + PartialEq + std::fmt::Debug {
    /// The state after one more stored event.
    fn after(self, event: &StoredEvent, upcasters: &Upcasters) -> Self;
}

impl Fold for Customer {
    fn after(self, event: &StoredEvent, upcasters: &Upcasters) -> Self {
        let StoredEvent { event_type, event_version, payload, .. } = event;
        let event = upcasters.customer_event(event_type, event_version, payload);
        self.evolve(event.expect("an event of a customer"))
    }
}

impl Fold for Tenant {
    fn after(self, event: &StoredEvent, upcasters: &Upcasters) -> Self {
        let StoredEvent { event_type, event_version, payload, .. } = event;
        let event = upcasters.tenant_event(event_type, event_version, payload);
        self.evolve(event.expect("an event of a tenant"))
    }
}

type Stream = (i16, String);

/// The states folded from the events, after comparing them with the stored ones.
async fn states<S: Fold>(
    connection: &mut PgConnection,
    aggregate_type: &str,
    upcasters: &Upcasters,
) -> BTreeMap<Stream, S> {
    let events: Vec<StoredEvent> = query_as(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events
          where aggregate_type = $1 order by partition, position",
    )
    .bind(aggregate_type)
    .fetch_all(&mut *connection)
    .await
    .expect("events");
    let mut folded: BTreeMap<Stream, (i64, S)> = BTreeMap::new();
    for event in events {
        let stream = (event.partition, event.aggregate_id.clone());
        let (version, state) = folded.entry(stream).or_default();
        *version += 1;
        *state = std::mem::take(state).after(&event, upcasters);
    }
    let rows: Vec<(i16, String, i64, String)> = query_as(match aggregate_type {
        "customer" => {
            "select partition, tenant_id::text || '/' || customer_id::text, version, state::text
               from customers"
        }
        _ => "select partition, tenant_id::text, version, state::text from tenants",
    })
    .fetch_all(connection)
    .await
    .expect("states");
    assert_eq!(rows.len(), folded.len(), "as many states of a {aggregate_type} as streams");
    for (partition, stream, version, state) in rows {
        let state: S = serde_json::from_str(&state).expect("a state");
        let (folded_version, folded) = &folded[&(partition, stream.clone())];
        assert_eq!((version, &state), (*folded_version, folded), "{stream}");
    }
    folded.into_iter().map(|(stream, (_, state))| (stream, state)).collect()
}

type Reserved = (i16, Uuid, String, String);

/// Compares what is reserved with what the customers claim.
///
/// A former external id has one of its former holders; all others are exact.
async fn expect_reservations(
    connection: &mut PgConnection,
    customers: &BTreeMap<Stream, Customer>,
) -> usize {
    let rows: Vec<(i16, Uuid, String, String, Uuid)> =
        query_as("select partition, tenant_id, kind, key, holder from reservations")
            .fetch_all(connection)
            .await
            .expect("reservations");
    let mut claimed: BTreeMap<Reserved, BTreeSet<CustomerId>> = BTreeMap::new();
    for ((partition, stream), state) in customers {
        let (tenant, customer) = stream.split_once('/').expect("a tenant and a customer");
        let tenant: Uuid = tenant.parse().expect("a tenant");
        for claim in state.reservations() {
            let key = (*partition, tenant, claim.kind.as_str().to_owned(), claim.key);
            claimed.entry(key).or_default().insert(customer.parse().expect("a customer"));
        }
    }
    let count = rows.len();
    let mut unclaimed = claimed.clone();
    for (partition, tenant, kind, key, holder) in rows {
        let former = kind == ReservationKind::FormerExternalId.as_str();
        let key = (partition, tenant, kind, key);
        unclaimed.remove(&key);
        let holders = claimed.get(&key).cloned().unwrap_or_default();
        let right = holders.contains(&CustomerId(holder));
        assert!(right || former, "{key:?} is reserved for {holder}, claimed by {holders:?}");
        assert!(former || holders.len() == 1, "{key:?} is claimed by {holders:?}");
    }
    assert!(unclaimed.is_empty(), "claimed but not reserved: {unclaimed:?}");
    count
}

/// Sessions of this database that are idle in a transaction.
///
/// # Panics
///
/// When PostgreSQL can't be asked.
pub async fn idle_in_transaction(connection: &mut PgConnection) -> i64 {
    query_scalar(
        "select count(*) from pg_stat_activity
          where datname = current_database() and state like 'idle in transaction%'",
    )
    .fetch_one(connection)
    .await
    .expect("sessions")
}
