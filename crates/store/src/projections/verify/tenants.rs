//! Verifies a tenant's row against its events.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::tenant::Tenant;
use domain::upcast::Upcasters;
use futures::TryStreamExt as _;
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::model::{Attribution, Versioned, to_json};
use crate::partition::Partition;
use crate::projections::verify::tables::VerifiedTable;

#[derive(FromRow)]
struct Event {
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    recorded_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct TenantRow {
    version: i64,
    state: String,
    created_at: DateTime<Utc>,
    created_by: String,
    updated_at: DateTime<Utc>,
    updated_by: String,
}

/// Compares a tenant's row with the fold of its events, in the caller's snapshot.
pub(super) async fn compare(
    snapshot: &mut PgConnection,
    whose: (Partition, Uuid),
    upcasters: &Upcasters,
    found: &mut VerifiedTable,
) -> Result<(), StoreError> {
    let made = match fold(&mut *snapshot, whose, upcasters).await {
        Ok(made) => made,
        Err(StoreError::Unreadable { .. }) => {
            found.find(
                whose,
                None,
                "an event of the tenant can't be read, so nothing was compared",
            );
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let row: Option<TenantRow> = query_as(
        "select version, state::text as state, created_at, created_by, updated_at, updated_by
           from public.tenants where partition = $1 and tenant_id = $2",
    )
    .bind(whose.0.number())
    .bind(whose.1)
    .fetch_optional(snapshot)
    .await?;
    let (row, stamp) = match (row, &made.stamp) {
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            found.find(whose, None, "the tenant's row is missing");
            return Ok(());
        }
        (Some(_), None) => {
            found.rows = found.rows.saturating_add(1);
            found.find(whose, None, "the log has no such tenant in this partition");
            return Ok(());
        }
        (Some(row), Some(stamp)) => (row, stamp),
    };
    found.rows = found.rows.saturating_add(1);
    let columns = [
        ("version", row.version != made.version),
        ("state", row.state != to_json(&*made.state)?),
        ("created_at", row.created_at != stamp.created_at),
        ("created_by", row.created_by != stamp.created_by),
        ("updated_at", row.updated_at != stamp.updated_at),
        ("updated_by", row.updated_by != stamp.updated_by),
    ];
    for (column, _) in columns.into_iter().filter(|(_, differs)| *differs) {
        found.find(whose, None, format!("the column {column} isn't what the log makes"));
    }
    Ok(())
}

/// What the tenant's events lead to.
async fn fold(
    snapshot: &mut PgConnection,
    (partition, tenant): (Partition, Uuid),
    upcasters: &Upcasters,
) -> Result<Versioned<Arc<Tenant>>, StoreError> {
    let mut events = query_as::<_, Event>(
        "select event_type, event_version, payload::text as payload, metadata::text as metadata,
                recorded_at
           from public.events
          where aggregate_type = 'tenant' and aggregate_id = $1 and partition = $2
          order by sequence",
    )
    .bind(tenant.to_string())
    .bind(partition.number())
    .fetch(snapshot);
    let mut entry = Versioned::<Arc<Tenant>>::default();
    while let Some(event) = events.try_next().await? {
        let read = upcasters
            .tenant_event(&event.event_type, &event.event_version, &event.payload)
            .map_err(|error| StoreError::unreadable("a stored event", error))?;
        let who = Attribution::read(&event.metadata)?;
        let state = Arc::unwrap_or_clone(std::mem::take(&mut entry.state)).evolve(read);
        entry = entry.then(Arc::new(state), 1, event.recorded_at, who.by());
    }
    Ok(entry)
}
