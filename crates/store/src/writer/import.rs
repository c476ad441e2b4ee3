//! Imports events into an empty tenant: ordinary batches in one transaction.

mod folding;
pub(crate) mod incoming;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::TenantId;
use domain::tenant::{Event, Provenance};
use domain::upcast::Upcasters;
use sqlx::{Connection as _, PgConnection, query, query_scalar};

use self::folding::{Change, Folding, has_nul};
use self::incoming::Incoming;
use super::append::append;
use super::batch::Batch;
use super::batch_state::{BatchState, InFlightChanges};
use super::cache::{Head, WriterCache, WriterGroup};
use super::head::{catch_up, lock};
use super::load::load;
use super::loads::Loads;
use crate::connect::{Role, connect, require_durability};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::migrate::require_schema;
use crate::model::{TenantRef, TransferError, to_json};
use crate::options::Options;
use crate::partition::Partition;
use crate::writer::event_row::EventRow;

/// Events in one statement, unless more events belong together.
const BATCH_MAX: usize = 2_000;

/// An import in progress. It locks the head until it is committed. If it is dropped before, nothing
/// is stored.
pub(crate) struct Import {
    connection: PgConnection,
    tenant: TenantRef,
    upcasters: Upcasters,
    cache: WriterCache,
    /// The head before the import.
    before: Head,
    waiting: Vec<Incoming>,
    /// The time of the previous event.
    last: Option<DateTime<Utc>>,
    /// The number of events of the tenant itself.
    tenant_version: i64,
}

impl Import {
    /// Locks the head of the tenant's partition, and requires that the tenant does not exist.
    pub(crate) async fn begin(options: &Options, id: TenantId) -> Result<Self, TransferError> {
        let tenant = TenantRef { id, partition: Partition::of_new(id) };
        let mut connection = connect(&options.database, Role::Writer).await?;
        require_durability(&mut connection).await?;
        require_schema(&mut connection).await?;
        lock(&mut connection, tenant.partition).await?;
        // The default timeouts are for commands. A source may be slow, and a tenant large.
        for timeout in [
            "set local idle_in_transaction_session_timeout = '60s'",
            "set local statement_timeout = '10min'",
        ] {
            query(timeout).execute(&mut connection).await?;
        }
        require_empty(&mut connection, id).await?;
        let cache =
            catch_up(&mut connection, tenant.partition, None, &WriterGroup::default()).await?;
        let (upcasters, waiting) = (options.upcasters.clone(), Vec::new());
        let before = cache.head;
        Ok(Self {
            connection,
            tenant,
            upcasters,
            cache,
            before,
            waiting,
            last: None,
            tenant_version: 0,
        })
    }

    /// A time for events that have none: now, and later than all events before.
    pub(crate) fn instant(&self) -> DateTime<Utc> {
        self.cache.clock.after(self.cache.head.recorded_at.max(self.last.unwrap_or_default()))
    }

    /// Adds the next event.
    pub(crate) async fn push(&mut self, event: Incoming) -> Result<(), TransferError> {
        if [&event.payload, &event.metadata].into_iter().any(|json| has_nul(json)) {
            return Err(event.refused("PostgreSQL can't read a text with U+0000"));
        }
        if self.last.is_none() && event.customer.is_some() {
            return Err(event.refused("the tenant must come before its customers"));
        }
        let together = self.waiting.last().is_some_and(|before| before.together(&event));
        if !together && self.last.is_some_and(|last| event.recorded_at <= last) {
            return Err(event.refused("its time isn't after that of the event before"));
        }
        if event.recorded_at > self.instant() {
            return Err(event.refused("its time is later than this database's clock"));
        }
        if self.waiting.len() >= BATCH_MAX && !together {
            self.flush().await?;
        }
        if event.customer.is_none() {
            self.tenant_version = event.sequence;
        }
        self.last = Some(event.recorded_at);
        self.waiting.push(event);
        Ok(())
    }

    /// Commits the import, with one more event that records its origin.
    pub(crate) async fn commit(mut self, provenance: Provenance) -> Result<(), TransferError> {
        if self.last.is_none() {
            return Err(TransferError::Refused("there are no events".to_owned()));
        }
        let record = self.record(provenance)?;
        self.push(record).await?;
        self.flush().await?;
        self.require_parents().await?;
        self.record_import().await?;
        query("commit").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
    }

    /// The event that records the origin of the others.
    fn record(&self, provenance: Provenance) -> Result<Incoming, StoreError> {
        let event = Event::TenantImported(provenance);
        let metadata = BTreeMap::from([
            ("actor", "operator"),
            ("surface", "command line"),
            ("command", "import-tenant"),
        ]);
        Ok(Incoming {
            customer: None,
            sequence: self.tenant_version.saturating_add(1),
            event_type: event.name().to_owned(),
            event_version: Event::VERSION.to_owned(),
            payload: to_json(&event)?,
            metadata: to_json(&metadata)?,
            recorded_at: self.instant(),
        })
    }

    /// Stores the waiting events as one batch.
    async fn flush(&mut self) -> Result<(), TransferError> {
        let Self { connection, tenant, upcasters, cache, waiting, .. } = self;
        let events = std::mem::take(waiting);
        let mut batch_state = BatchState::new(tenant.partition, cache, InFlightChanges::default());
        let loads = wanted(&batch_state, tenant.id, &events);
        load(connection, &mut batch_state, loads).await?;
        let mut folding = Folding::new(tenant.id, upcasters);
        let groups: Vec<&[Incoming]> = events.chunk_by(Incoming::together).collect();
        let mut changes = Vec::with_capacity(groups.len());
        for group in &groups {
            changes.push(folding.fold(&batch_state, group)?);
        }
        let mut loads = Loads::default();
        for change in &changes {
            loads.reservations.extend(change.taken().map(|reservation| (tenant.id, reservation)));
        }
        load(connection, &mut batch_state, loads).await?;
        for (group, change) in groups.into_iter().zip(changes) {
            change.require_free(&batch_state, tenant.id)?;
            for event in group {
                batch_state.append(row(tenant.id, event));
            }
            match change {
                Change::Customer { key, before, after } => {
                    // Streams of another store may come in any order, so keys held in between do
                    // not count.
                    let held = [before.state.reservations(), after.state.reservations()];
                    batch_state.change_customer(key, &before.state, after, &held);
                }
                Change::Tenant { after } => batch_state.change_tenant(tenant.id, after),
            }
        }
        let (batch, effects) = Batch::close(batch_state)?;
        let stored = append(connection, &batch).await?;
        if stored.is_none() {
            return Err(TransferError::Refused("the log's head moved under its lock".to_owned()));
        }
        effects.put_into(cache);
        Ok(())
    }

    /// Records which part of the log has imported times.
    async fn record_import(&mut self) -> Result<(), TransferError> {
        query(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(self.tenant.partition.number())
        .bind(self.tenant.id.0)
        .bind(self.before.position.saturating_add(1))
        .bind(self.cache.head.position)
        .bind(self.before.recorded_at)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Imported parents were not checked by the rules.
    async fn require_parents(&mut self) -> Result<(), TransferError> {
        let amiss: Vec<uuid::Uuid> = query_scalar(
            "with recursive up as (
                 select c.customer_id, c.parent_id, 0 as level
                   from customers as c
                  where c.partition = $1 and c.tenant_id = $2 and c.parent_id is not null
                 union all
                 select up.customer_id, c.parent_id, up.level + 1
                   from up
                   join customers as c on c.partition = $1 and c.tenant_id = $2
                                      and c.customer_id = up.parent_id
                  where c.parent_id is not null and up.level < 32
             )
             select up.customer_id from up
              where up.level = 32
                 or not exists (select from customers as p
                                 where p.partition = $1 and p.tenant_id = $2
                                   and p.customer_id = up.parent_id)
              limit 1",
        )
        .bind(self.tenant.partition.number())
        .bind(self.tenant.id.0)
        .fetch_all(&mut self.connection)
        .await?;
        let Some(id) = amiss.first() else { return Ok(()) };
        Err(TransferError::Refused(format!(
            "a parent above customer {id} is missing, or they go in a circle"
        )))
    }
}

/// Requires that nothing of the tenant exists.
async fn require_empty(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), TransferError> {
    let exists: Vec<bool> = query_scalar(
        "select exists (select from tenants where tenant_id = $1)
             or exists (select from events
                         where aggregate_type = 'tenant' and aggregate_id = $1::text)
             or exists (select from events
                         where aggregate_type = 'customer'
                           and aggregate_id >= $1::text || '/' and aggregate_id < $1::text || '0')",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await?;
    if exists == [false] {
        return Ok(());
    }
    Err(TransferError::Refused(format!(
        "tenant {tenant} is in this database already: an import needs an empty one"
    )))
}

/// The states that a batch changes and that are not loaded.
fn wanted(batch_state: &BatchState<'_>, tenant: TenantId, events: &[Incoming]) -> Loads {
    let mut loads = Loads::default();
    for event in events {
        match event.customer.map(|customer| (tenant, customer)) {
            Some(key) if batch_state.customer(&key).is_none() => drop(loads.customers.insert(key)),
            None if batch_state.tenant(tenant).is_none() => drop(loads.tenants.insert(tenant)),
            _ => {}
        }
    }
    loads
}

fn row(tenant: TenantId, event: &Incoming) -> EventRow {
    let (aggregate_type, aggregate_id) = match event.customer {
        Some(customer) => ("customer", customer_stream(tenant, customer)),
        None => ("tenant", tenant.to_string()),
    };
    EventRow {
        tenant,
        aggregate_type,
        aggregate_id,
        sequence: event.sequence,
        event_type: event.event_type.clone(),
        event_version: event.event_version.clone(),
        payload: event.payload.clone(),
        metadata: event.metadata.clone(),
        recorded_at: event.recorded_at,
        hash: [0; 32],
    }
}
