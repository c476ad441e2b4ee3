//! A tenant's log, out of the database.

use std::io::Write;

use domain::{TenantId, Timestamp};
use futures::TryStreamExt as _;
use serde_json::value::RawValue;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::TransferError;
use super::file::{Line, Writer};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::log::StoredEvent;
use crate::tenants;

/// Writes all events of a tenant to `out`, as they were at one moment, and says how many they were.
///
/// The same log gives the same bytes. `progress` is told how many events are written, and of how
/// many. Events are written as they come, so that it takes no more memory for a long log.
///
/// # Errors
///
/// A [`TransferError`]; what was written then has no last line, and no import takes it.
pub async fn export(
    database: &PgConnectOptions,
    id: TenantId,
    out: impl Write,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, TransferError> {
    let mut connection = connect(database, Role::Writer).await?;
    let mut snapshot =
        connection.begin_with("begin isolation level repeatable read read only").await?;
    query("set local statement_timeout = 0").execute(&mut *snapshot).await?;
    let tenant = tenants::find(&mut snapshot, id).await?.ok_or(TransferError::Unknown)?;
    // Each event makes one version.
    let total: i64 = query_scalar(
        "select ((select version from tenants where partition = $1 and tenant_id = $2)
               + (select coalesce(sum(version), 0) from customers
                   where partition = $1 and tenant_id = $2))::bigint",
    )
    .bind(tenant.partition.number())
    .bind(id.0)
    .fetch_one(&mut *snapshot)
    .await?;
    let total = total.unsigned_abs();

    let mut writer = Writer::begin(out, id)?;
    let mut events = query_as::<_, StoredEvent>(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events
          where partition = $1 and tenant_id = $2
          order by position",
    )
    .bind(tenant.partition.number())
    .bind(id.0)
    .fetch(&mut *snapshot);
    let mut written: u64 = 0;
    while let Some(event) = events.try_next().await? {
        writer.event(&line(&event)?)?;
        written = written.saturating_add(1);
        progress(written, total);
    }
    drop(events);
    snapshot.rollback().await?;
    connection.close().await?;
    writer.end()
}

fn line(event: &StoredEvent) -> Result<Line<'_>, StoreError> {
    Ok(Line {
        aggregate_type: (&*event.aggregate_type).into(),
        aggregate_id: (&*event.aggregate_id).into(),
        sequence: event.sequence,
        event_type: (&*event.event_type).into(),
        event_version: (&*event.event_version).into(),
        recorded_at: Timestamp::from(event.recorded_at),
        payload: raw(&event.payload)?,
        metadata: raw(&event.metadata)?,
    })
}

/// The bytes as they are, if they can be part of a line and read from it as they were.
fn raw(text: &str) -> Result<&RawValue, StoreError> {
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| StoreError::unreadable("a stored event", error))?;
    if raw.get().len() == text.len() && !text.contains('\n') {
        return Ok(raw);
    }
    Err(StoreError::unreadable("a stored event", "it isn't JSON on one line"))
}
