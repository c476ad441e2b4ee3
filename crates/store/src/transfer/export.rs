//! Exports a tenant's log.

use std::io::Write;

use domain::{TenantId, Timestamp};
use futures::TryStreamExt as _;
use serde_json::value::RawValue;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, FromRow, query, query_as, query_scalar};

use super::file::{ChainLink, Line, Writer};
use crate::connect::{Role, connect};
use crate::error::StoreError;
use crate::log::{Link, LogKey, StoredEvent, tree};
use crate::model::{Hash, TransferError};
use crate::tenants;

/// Writes all events of a tenant to `out`, as of one snapshot, and returns their number. With a
/// `key` the file is signed, and each event is first verified against the chain.
///
/// The same log gives the same bytes, except for the signed head. `progress` is called with the
/// written and the total number of events. Events are streamed, so a long log takes no more memory.
///
/// # Errors
///
/// A [`TransferError`]. The file then has no last line, and no import accepts it.
pub async fn export(
    database: &PgConnectOptions,
    id: TenantId,
    key: Option<&LogKey>,
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

    let mut writer = Writer::begin(out, id, key.map(|_| tenant.partition))?;
    let mut events = query_as::<_, Exported>(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash,
                case when $3 then (select p.hash from events as p
                                    where p.partition = e.partition
                                      and p.position = e.position - 1) end as before
           from events as e
          where partition = $1 and tenant_id = $2
          order by position",
    )
    .bind(tenant.partition.number())
    .bind(id.0)
    .bind(key.is_some())
    .fetch(&mut *snapshot);
    let mut written: u64 = 0;
    while let Some(event) = events.try_next().await? {
        let link = key.map(|_| event.link()).transpose()?;
        writer.event(line(&event.event)?, link)?;
        written = written.saturating_add(1);
        progress(written, total);
    }
    drop(events);
    snapshot.rollback().await?;
    connection.close().await?;
    let Some(key) = key else { return writer.end(None) };
    // The head covers at least what the snapshot had.
    let mut connection = connect(database, Role::Projector).await?;
    let head = tree::head(&mut connection, tenant.partition).await?;
    connection.close().await?;
    writer.end(Some((key, &head)))
}

/// An event, and the chain's hash before it if the export is signed.
#[derive(FromRow)]
struct Exported {
    #[sqlx(flatten)]
    event: StoredEvent,
    before: Option<Vec<u8>>,
}

impl Exported {
    /// The event's position in the chain. An event that does not match its hash must not be signed.
    fn link(&self) -> Result<ChainLink, TransferError> {
        let Self { event, before } = self;
        let before: Option<Hash> = match before {
            Some(before) => before.as_slice().try_into().ok(),
            None => (event.position == 1).then_some([0; 32]),
        };
        let same = before.filter(|before| event.hash == Link::from(event).hash(before));
        let (Some(before), Ok(hash)) = (same, event.hash.as_slice().try_into()) else {
            let StoredEvent { partition, position, .. } = event;
            return Err(TransferError::Refused(format!(
                "the event at partition {partition}, position {position} isn't as it was written, so it \
                 can't be signed: run dossier verify, or export with --unsigned"
            )));
        };
        Ok(ChainLink { position: event.position, before, hash })
    }
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
        position: None,
        previous_hash: None,
        hash: None,
    })
}

/// The bytes, if they can be embedded in a line unchanged.
fn raw(text: &str) -> Result<&RawValue, StoreError> {
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| StoreError::unreadable("a stored event", error))?;
    if raw.get().len() == text.len() && !text.contains('\n') {
        return Ok(raw);
    }
    Err(StoreError::unreadable("a stored event", "it isn't JSON on one line"))
}
