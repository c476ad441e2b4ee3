//! The states of customers before a batch: from a cache, or folded from the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::customer::Customer;
use domain::upcast::Upcasters;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::{customer_stream, read_customer_event};
use crate::model::{Attribution, AuditStamp, StreamKey, Versioned};
use crate::partition::Partition;
use crate::projections::customer_snapshots::INTERVAL;

/// The size of each of the two generations of the cache, in bytes of JSON.
const REMEMBERED_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Events per statement and customer.
const PAGE: i64 = 256;

/// A customer's state at a version. It never changes, so a cached one is always right.
#[derive(Clone)]
struct CachedState {
    version: i64,
    stamp: AuditStamp,
    state: Box<str>,
}

/// Recently used states of customers, with a maximum of bytes.
#[derive(Default)]
pub(crate) struct StateCache(Mutex<StateGenerations>);

#[derive(Default)]
struct StateGenerations {
    young: HashMap<StreamKey, CachedState>,
    old: HashMap<StreamKey, CachedState>,
    young_bytes: usize,
}

impl StateCache {
    /// Caches the state of a customer after a batch.
    pub(crate) fn remember(&self, key: StreamKey, now: &Versioned<Customer>) {
        let Some(stamp) = now.stamp.clone() else { return };
        let Ok(state) = serde_json::to_string(&now.state) else { return };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = state.len().saturating_add(std::mem::size_of::<(StreamKey, CachedState)>());
        if known.young_bytes.saturating_add(bytes) > REMEMBERED_BYTES_MAX {
            known.old = std::mem::take(&mut known.young);
            known.young_bytes = 0;
        }
        known.young_bytes = known.young_bytes.saturating_add(bytes);
        let remembered = CachedState { version: now.version, stamp, state: state.into() };
        known.young.insert(key, remembered);
    }

    /// The latest cached state of a customer that is not later than `version`.
    fn recall(&self, key: &StreamKey, version: i64) -> Option<CachedState> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let either = [known.young.get(key), known.old.get(key)];
        either.into_iter().flatten().find(|known| known.version <= version).cloned()
    }
}

impl CachedState {
    fn entry(&self) -> Result<Versioned<Customer>, StoreError> {
        let state = serde_json::from_str(&self.state)
            .map_err(|error| StoreError::unreadable("a customer's state", error))?;
        let stamp = Some(self.stamp.clone());
        Ok(Versioned { state, version: self.version, stamp, bytes_max: None })
    }
}

/// The state of each customer of `wanted` at the given version; an error if its events can't be
/// read.
///
/// States that are not cached are folded from the latest snapshot, if there is one. So this takes
/// only a few statements for all, and no more for a long history than for a short one.
pub(crate) async fn states_before(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    remembered: Option<&StateCache>,
    partition: Partition,
    wanted: &[(StreamKey, i64)],
) -> Result<Vec<Result<Versioned<Customer>, StoreError>>, StoreError> {
    let mut found: Vec<Result<Versioned<Customer>, StoreError>> = Vec::with_capacity(wanted.len());
    for (key, version) in wanted {
        let recalled = remembered.and_then(|known| known.recall(key, *version));
        found.push(recalled.map_or_else(|| Ok(Versioned::default()), |known| known.entry()));
    }
    from_snapshots(connection, partition, wanted, &mut found).await?;
    loop {
        let mut behind = Vec::new();
        for (nth, ((key, until), found)) in wanted.iter().zip(&found).enumerate() {
            if let Ok(entry) = found
                && entry.version < *until
            {
                behind.push((nth, *key, entry.version, *until));
            }
        }
        if behind.is_empty() {
            return Ok(found);
        }
        let rows = tails(connection, partition, &behind).await?;
        if rows.is_empty() {
            return Err(StoreError::unreadable("a customer's stream", "it has a gap"));
        }
        for row in rows {
            let Some(slot) = place(row.nth).and_then(|nth| behind.get(nth)) else {
                continue;
            };
            let Some(found) = found.get_mut(slot.0) else { continue };
            if let Ok(entry) = found {
                *found = row.fold(upcasters, entry);
            }
        }
    }
}

#[derive(FromRow)]
struct Snapshot {
    nth: i64,
    version: i64,
    state: String,
    #[sqlx(flatten)]
    stamp: AuditStamp,
}

/// Uses the latest snapshot where it is later than the cached state.
async fn from_snapshots(
    connection: &mut PgConnection,
    partition: Partition,
    wanted: &[(StreamKey, i64)],
    found: &mut [Result<Versioned<Customer>, StoreError>],
) -> Result<(), StoreError> {
    let mut far = Vec::new();
    for (nth, ((key, version), found)) in wanted.iter().zip(&*found).enumerate() {
        if let Ok(entry) = found
            && version.saturating_sub(entry.version) >= INTERVAL
        {
            far.push((nth, *key, *version));
        }
    }
    if far.is_empty() {
        return Ok(());
    }
    let rows: Vec<Snapshot> = query_as(
        "select w.nth, s.version, s.state::text as state,
                s.created_at, s.created_by, s.updated_at, s.updated_by
           from unnest($2::uuid[], $3::uuid[], $4::bigint[]) with ordinality
                as w(tenant_id, customer_id, version, nth)
          cross join lateral (
                select version, state, created_at, created_by, updated_at, updated_by
                  from customer_snapshots as s
                 where s.partition = $1 and s.tenant_id = w.tenant_id
                   and s.customer_id = w.customer_id and s.version <= w.version
                 order by s.version desc
                 limit 1) as s
          order by w.nth",
    )
    .bind(partition.number())
    .bind(far.iter().map(|(_, key, _)| key.tenant.0).collect::<Vec<Uuid>>())
    .bind(far.iter().map(|(_, key, _)| key.customer.0).collect::<Vec<Uuid>>())
    .bind(far.iter().map(|(_, _, version)| *version).collect::<Vec<i64>>())
    .fetch_all(connection)
    .await?;
    for row in rows {
        let place = place(row.nth).and_then(|nth| far.get(nth));
        let Some(slot) = place.and_then(|(nth, _, _)| found.get_mut(*nth)) else { continue };
        if slot.as_ref().is_ok_and(|entry| entry.version < row.version) {
            let Snapshot { version, state, stamp, .. } = row;
            *slot = CachedState { version, stamp, state: state.into() }.entry();
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct TailEvent {
    nth: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
}

/// The index in an array parameter of the row with this ordinality.
pub(super) fn place(nth: i64) -> Option<usize> {
    usize::try_from(nth).ok()?.checked_sub(1)
}

/// The next events of each customer, in order.
async fn tails(
    connection: &mut PgConnection,
    partition: Partition,
    behind: &[(usize, StreamKey, i64, i64)],
) -> sqlx::Result<Vec<TailEvent>> {
    query_as(
        "select w.nth, e.event_type, e.event_version, e.payload::text as payload,
                e.metadata::text as metadata, e.recorded_at
           from unnest($2::text[], $3::bigint[], $4::bigint[]) with ordinality
                as w(aggregate_id, after, until, nth)
          cross join lateral (
                select sequence, event_type, event_version, payload, metadata, recorded_at
                  from events as e
                 where e.aggregate_type = 'customer' and e.aggregate_id = w.aggregate_id
                   and e.sequence > w.after and e.sequence <= w.until and e.partition = $1
                 order by e.sequence
                 limit $5) as e
          order by w.nth, e.sequence",
    )
    .bind(partition.number())
    .bind(
        behind
            .iter()
            .map(|(_, key, _, _)| customer_stream(key.tenant, key.customer))
            .collect::<Vec<_>>(),
    )
    .bind(behind.iter().map(|(_, _, after, _)| *after).collect::<Vec<_>>())
    .bind(behind.iter().map(|(_, _, _, until)| *until).collect::<Vec<_>>())
    .bind(PAGE)
    .fetch_all(connection)
    .await
}

impl TailEvent {
    fn fold(
        &self,
        upcasters: &Upcasters,
        entry: &mut Versioned<Customer>,
    ) -> Result<Versioned<Customer>, StoreError> {
        let event =
            read_customer_event(upcasters, &self.event_type, &self.event_version, &self.payload)?;
        let who = Attribution::read(&self.metadata)?;
        let state = std::mem::take(&mut entry.state).evolve(event);
        Ok(entry.then(state, 1, self.recorded_at, who.by()))
    }
}
