//! Verifies a tenant's API keys against the events that created and revoked them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::partition::Partition;
use crate::projections::verify::tables::VerifiedTable;

/// What a key may do, and from when until when.
#[derive(FromRow)]
struct Key {
    key_id: String,
    name: String,
    scopes: Vec<String>,
    actors: Option<Vec<String>>,
    requests_per_second: Option<i32>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// A key as its events make it.
#[derive(FromRow)]
struct MadeKey {
    #[sqlx(flatten)]
    key: Key,
    /// Whether its event came with an import, which brings no keys.
    imported: bool,
}

/// Adds tenants that only have keys to the listed ones.
pub(super) async fn list_tenants(connection: &mut PgConnection) -> sqlx::Result<()> {
    query(
        "insert into verified_tenants (tenant_id, partition)
         select distinct tenant_id, partition from public.api_keys
             on conflict do nothing",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Compares a tenant's keys with their events, in the caller's snapshot. Keys without an event are counted: keys
/// that are older than these events have none.
pub(super) async fn compare(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    found: &mut VerifiedTable,
) -> Result<(), StoreError> {
    let made: Vec<MadeKey> = made(&mut *snapshot, whose).await?;
    let rows: Vec<Key> = query_as(
        "select key_id, name, scopes, actors, requests_per_second, created_at, expires_at, revoked_at
           from public.api_keys
          where tenant_id = $2 and partition = $1
          order by key_id",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .fetch_all(snapshot)
    .await?;
    let mut made: BTreeMap<_, _> =
        made.into_iter().map(|made| (made.key.key_id.clone(), made)).collect();
    for row in rows {
        found.rows = found.rows.saturating_add(1);
        let Some(MadeKey { key: made, .. }) = made.remove(&row.key_id) else {
            found.unauthenticated = found.unauthenticated.saturating_add(1);
            continue;
        };
        let columns = [
            ("name", row.name != made.name),
            ("scopes", row.scopes != made.scopes),
            ("actors", row.actors != made.actors),
            ("requests_per_second", row.requests_per_second != made.requests_per_second),
            ("created_at", row.created_at != made.created_at),
            ("expires_at", row.expires_at != made.expires_at),
            ("revoked_at", row.revoked_at != made.revoked_at),
        ];
        for (column, _) in columns.into_iter().filter(|(_, differs)| *differs) {
            let what =
                format!("the key {}: the column {column} isn't what its events say", row.key_id);
            found.find(whose, None, what);
        }
    }
    for (key_id, _) in made.into_iter().filter(|(_, made)| !made.imported) {
        found.find(whose, None, format!("the key {key_id} has events but no row"));
    }
    Ok(())
}

/// The keys as their events make them, read as `create_api_key` and `revoke_api_key` read these.
async fn made(
    snapshot: &mut PgConnection,
    (partition, tenant): (Partition, Uuid),
) -> sqlx::Result<Vec<MadeKey>> {
    query_as(
        "with e as materialized (
             select sequence, event_type, payload, recorded_at
               from public.events
              where aggregate_type = 'tenant' and aggregate_id = $2 and partition = $1
                and event_type in ('ApiKeyCreated', 'ApiKeyRevoked', 'TenantImported'))
         select k.key_id, k.name, k.scopes, k.actors, k.requests_per_second,
                e.recorded_at as created_at, k.expires_at,
                (select min(r.recorded_at) from e as r
                  where r.event_type = 'ApiKeyRevoked' and r.sequence > e.sequence
                    and r.payload -> 'data' ->> 'key_id' = k.key_id) as revoked_at,
                exists (select from e as i where i.event_type = 'TenantImported'
                                             and i.sequence > e.sequence) as imported
           from e
          cross join lateral json_to_record(e.payload -> 'data')
                as k(key_id text, name text, scopes text[], actors text[], requests_per_second int,
                     expires_at timestamptz)
          where e.event_type = 'ApiKeyCreated'",
    )
    .bind(partition.number())
    .bind(tenant.to_string())
    .fetch_all(snapshot)
    .await
}
