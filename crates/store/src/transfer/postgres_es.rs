//! Imports an `events` table of postgres-es.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::tenant::{Event, ImportSource, Provenance, TenantName};
use domain::upcast::{Unreadable, Upcasters};
use domain::{CustomerId, TenantId};
use futures::TryStreamExt as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, FromRow, PgConnection, query_as, query_scalar};
use uuid::Uuid;

use crate::connect::open;
use crate::error::StoreError;
use crate::model::{LISTED_MAX, TransferError};
use crate::options::Options;
use crate::writer::import::Import;
use crate::writer::import::incoming::Incoming;

/// The metadata member for a customer's original id, if that was no UUID.
const FORMER_ID: &str = "imported_id";

/// The new tenant.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, unless the table has events of the tenant itself.
    pub name: TenantName,
}

/// Imports the `events` table of the database `source` as a new tenant, and returns the number of
/// its events. All of it happens, or nothing. The source is only read.
///
/// A customer whose id is not a UUID in lower case gets its `UUIDv5` in the namespace of the
/// tenant's id, and the events' metadata get the original id. The table has neither times nor an
/// order of customers, so all events of a customer are recorded at one time, now. `progress` is
/// called with the current step, and the done and the total number of events.
///
/// # Errors
///
/// [`TransferError::NotTaken`] if there are events that this service can't read;
/// [`TransferError::Refused`] if they contradict each other. Nothing was changed.
pub async fn import_postgres_es(
    options: &Options,
    source: &PgConnectOptions,
    tenant: NewTenant,
    mut progress: impl FnMut(&str, u64, u64),
) -> Result<u64, TransferError> {
    let mut connection = open(source).await?;
    let mut source =
        connection.begin_with("begin isolation level repeatable read read only").await?;
    let total: i64 = query_scalar("select count(*) from events").fetch_one(&mut *source).await?;
    let total = total.unsigned_abs();
    let taking = Taking { tenant: tenant.id, upcasters: options.upcasters.clone() };
    require_readable(&mut source, &taking, |done| progress("checking", done, total)).await?;

    let mut import = Import::begin(options, tenant.id).await?;
    let mut done = taking.bring(&mut import, &mut source, "tenant", |_| {}).await?;
    if done == 0 {
        import.push(created(tenant.name, import.instant())?).await?;
        done = 1;
    }
    let brought = taking.bring(&mut import, &mut source, "customer", |brought| {
        progress("importing", brought, total);
    });
    done = brought.await?.saturating_add(done);
    // The table has nothing that could be proven.
    let provenance = Provenance {
        source: ImportSource::PostgresEs,
        events: done,
        proven: false,
        sha256: None,
        signed_by: None,
        head_size: None,
        head_root: None,
    };
    import.commit(provenance).await?;
    source.rollback().await?;
    connection.close().await?;
    Ok(done)
}

/// Reads every event once, and refuses all if one can't be imported.
async fn require_readable(
    source: &mut PgConnection,
    taking: &Taking,
    mut progress: impl FnMut(u64),
) -> Result<(), TransferError> {
    let mut rows = query_as::<_, ImportedRow>(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata
           from events
          order by aggregate_type, aggregate_id, sequence",
    )
    .fetch(source);
    let (mut read, mut count, mut listed) = (0_u64, 0_u64, Vec::new());
    while let Some(row) = rows.try_next().await? {
        if let Err(why) = taking.require(&row) {
            count = count.saturating_add(1);
            if listed.len() < LISTED_MAX {
                let ImportedRow { aggregate_type, aggregate_id, sequence, event_type, .. } = &row;
                listed.push(format!(
                    "{event_type}, event {sequence} of {aggregate_type} {aggregate_id}: {why}"
                ));
            }
        }
        read = read.saturating_add(1);
        progress(read);
    }
    if count == 0 { Ok(()) } else { Err(TransferError::NotTaken { count, listed }) }
}

/// A row as postgres-es stores it.
#[derive(FromRow)]
struct ImportedRow {
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
}

/// The import so far.
struct Taking {
    tenant: TenantId,
    upcasters: Upcasters,
}

impl Taking {
    /// Requires that a row is an event that this service can read.
    fn require(&self, row: &ImportedRow) -> Result<(), String> {
        let ImportedRow { event_type, event_version, payload, .. } = row;
        let unreadable = |error: Unreadable| match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        match &*row.aggregate_type {
            "customer" => {
                let read = self.upcasters.customer_event(event_type, event_version, payload);
                read.map_err(unreadable)?;
            }
            "tenant" if row.aggregate_id.parse() == Ok(self.tenant) => {
                let read = self.upcasters.tenant_event(event_type, event_version, payload);
                read.map_err(unreadable)?;
            }
            "tenant" => return Err("it is another tenant's".to_owned()),
            _ => return Err("there is no such aggregate".to_owned()),
        }
        self.incoming(row, DateTime::UNIX_EPOCH).map(drop)
    }

    fn incoming(&self, row: &ImportedRow, recorded_at: DateTime<Utc>) -> Result<Incoming, String> {
        let mut metadata_map: BTreeMap<String, String> = serde_json::from_str(&row.metadata)
            .map_err(|_| "its metadata isn't a flat object of texts")?;
        let text = |error: serde_json::Error| error.to_string();
        let mut metadata = one_line(&row.metadata).map_err(text)?;
        let customer = (row.aggregate_type == "customer").then(|| self.customer(&row.aggregate_id));
        if customer.is_some_and(|customer| customer.to_string() != row.aggregate_id) {
            metadata_map.insert(FORMER_ID.to_owned(), row.aggregate_id.clone());
            metadata = serde_json::to_string(&metadata_map).map_err(text)?;
        }
        Ok(Incoming {
            customer,
            sequence: row.sequence,
            event_type: row.event_type.clone(),
            event_version: row.event_version.clone(),
            payload: one_line(&row.payload).map_err(text)?,
            metadata,
            recorded_at,
        })
    }

    /// The customer's id: the original one, or a UUID derived from it.
    fn customer(&self, id: &str) -> CustomerId {
        id.parse().unwrap_or_else(|_| CustomerId(Uuid::new_v5(&self.tenant.0, id.as_bytes())))
    }

    /// Imports all events of one kind of aggregate, stream by stream, and returns their number.
    async fn bring(
        &self,
        import: &mut Import,
        source: &mut PgConnection,
        aggregate_type: &str,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, TransferError> {
        let mut rows = query_as::<_, ImportedRow>(
            "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                    payload::text as payload, metadata::text as metadata
               from events
              where aggregate_type = $1
              order by aggregate_id, sequence",
        )
        .bind(aggregate_type)
        .fetch(source);
        let mut stream: Option<(String, DateTime<Utc>)> = None;
        let mut taken: u64 = 0;
        while let Some(row) = rows.try_next().await? {
            let known = stream.take().filter(|(id, _)| *id == row.aggregate_id);
            let (id, at) = known.unwrap_or_else(|| (row.aggregate_id.clone(), import.instant()));
            import.push(self.incoming(&row, at).map_err(TransferError::Refused)?).await?;
            stream = Some((id, at));
            taken = taken.saturating_add(1);
            progress(taken);
        }
        Ok(taken)
    }
}

/// The JSON without line breaks between its tokens: an export has one line per event.
fn one_line(json: &str) -> serde_json::Result<String> {
    if json.trim().len() == json.len() && !json.contains(['\n', '\r']) {
        return Ok(json.to_owned());
    }
    serde_json::from_str::<serde_json::Value>(json).map(|value| value.to_string())
}

/// The event that creates a tenant.
fn created(name: TenantName, recorded_at: DateTime<Utc>) -> Result<Incoming, StoreError> {
    let event = Event::TenantCreated { name };
    let metadata = [("actor", "operator"), ("command", "import"), ("surface", "command line")];
    let metadata = BTreeMap::from(metadata);
    let unreadable = |error| StoreError::unreadable("an event", error);
    Ok(Incoming {
        customer: None,
        sequence: 1,
        event_type: event.name().to_owned(),
        event_version: Event::VERSION.to_owned(),
        payload: serde_json::to_string(&event).map_err(unreadable)?,
        metadata: serde_json::to_string(&metadata).map_err(unreadable)?,
        recorded_at,
    })
}
