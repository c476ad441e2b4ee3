//! Events from elsewhere brought into an empty tenant: batches like any other, in one transaction.

mod folding;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::tenant::{Event, Provenance};
use domain::upcast::Upcasters;
use domain::{CustomerId, TenantId};
use sqlx::{Connection as _, PgConnection, query, query_scalar};

use self::folding::{Change, Folding, has_nul};
use super::append::append;
use super::batch::Batch;
use super::head::{catch_up, lock};
use super::known::{Head, Known, Sharers};
use super::load::load;
use super::rows::{EventRow, to_json};
use super::submission::TenantRef;
use super::wants::Wants;
use super::working::{Carried, Working};
use crate::connect::{Role, connect, require_durability};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::migrate::require_schema;
use crate::partition::Partition;
use crate::store::Options;
use crate::transfer::TransferError;

/// Events stored by one statement, but for what belongs together.
const BATCH_MAX: usize = 2_000;

/// An event on its way in.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The customer; nothing for an event of the tenant itself.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    /// Events of one customer with one time happened together, as those of a command do.
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Incoming {
    fn together(&self, other: &Self) -> bool {
        (self.customer, self.recorded_at) == (other.customer, other.recorded_at)
    }

    fn refused(&self, why: impl Into<String>) -> TransferError {
        let Self { customer, sequence, event_type, .. } = self;
        let whose = customer.map_or("the tenant".to_owned(), |id| format!("customer {id}"));
        TransferError::Refused(format!("{event_type}, event {sequence} of {whose}: {}", why.into()))
    }
}

/// An import under way. The head is locked until it is committed; dropped before, it leaves nothing.
pub(crate) struct Import {
    connection: PgConnection,
    tenant: TenantRef,
    upcasters: Upcasters,
    known: Known,
    /// The head as it was before.
    before: Head,
    waiting: Vec<Incoming>,
    /// The time of the event before.
    last: Option<DateTime<Utc>>,
    /// How many events of the tenant itself came.
    tenant_version: i64,
}

impl Import {
    /// Locks the head of the partition that the tenant will live in, and requires that there is
    /// nothing of the tenant.
    pub(crate) async fn begin(options: &Options, id: TenantId) -> Result<Self, TransferError> {
        let tenant = TenantRef { id, partition: Partition::of_new(id) };
        let mut connection = connect(&options.database, Role::Writer).await?;
        require_durability(&mut connection).await?;
        require_schema(&mut connection).await?;
        lock(&mut connection, tenant.partition).await?;
        // The defaults are for commands. Here a source may be slow, and a tenant large.
        for timeout in [
            "set local idle_in_transaction_session_timeout = '60s'",
            "set local statement_timeout = '10min'",
        ] {
            query(timeout).execute(&mut connection).await?;
        }
        require_empty(&mut connection, id).await?;
        let known = catch_up(&mut connection, tenant.partition, None, &Sharers::default()).await?;
        let (upcasters, waiting) = (options.upcasters.clone(), Vec::new());
        let before = known.head;
        Ok(Self {
            connection,
            tenant,
            upcasters,
            known,
            before,
            waiting,
            last: None,
            tenant_version: 0,
        })
    }

    /// A time for events that have none: now, and later than all before.
    pub(crate) fn instant(&self) -> DateTime<Utc> {
        self.known.clock.after(self.known.head.recorded_at.max(self.last.unwrap_or_default()))
    }

    /// Takes the next event.
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

    /// Makes all of it part of the log, with one more event that says where it comes from.
    pub(crate) async fn commit(mut self, provenance: Provenance) -> Result<(), TransferError> {
        if self.last.is_none() {
            return Err(TransferError::Refused("there are no events".to_owned()));
        }
        let record = self.record(provenance)?;
        self.push(record).await?;
        self.flush().await?;
        self.require_parents().await?;
        self.note().await?;
        query("commit").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
    }

    /// The event that says where the others come from.
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

    /// Stores what waits as one batch.
    async fn flush(&mut self) -> Result<(), TransferError> {
        let Self { connection, tenant, upcasters, known, waiting, .. } = self;
        let events = std::mem::take(waiting);
        let mut working = Working::new(tenant.partition, known, Carried::default());
        let wants = wanted(&working, tenant.id, &events);
        load(connection, &mut working, wants).await?;
        let mut folding = Folding::new(tenant.id, upcasters);
        let groups: Vec<&[Incoming]> = events.chunk_by(Incoming::together).collect();
        let mut changes = Vec::with_capacity(groups.len());
        for group in &groups {
            changes.push(folding.fold(&working, group)?);
        }
        let mut wants = Wants::default();
        for change in &changes {
            wants.claims.extend(change.taken().map(|claim| (tenant.id, claim)));
        }
        load(connection, &mut working, wants).await?;
        for (group, change) in groups.into_iter().zip(changes) {
            change.require_free(&working, tenant.id)?;
            for event in group {
                working.append(row(tenant.id, event));
            }
            match change {
                Change::Customer { key, before, after } => {
                    // Streams of another store may come in any order: what was held in between is anybody's.
                    let held = [before.state.reservations(), after.state.reservations()];
                    working.change_customer(key, &before.state, after, &held);
                }
                Change::Tenant { after } => working.change_tenant(tenant.id, after),
            }
        }
        let (batch, remembered) = Batch::close(working)?;
        let stored = append(connection, &batch).await?;
        if stored.is_none() {
            return Err(TransferError::Refused("the log's head moved under its lock".to_owned()));
        }
        remembered.put_into(known);
        Ok(())
    }

    /// Notes which stretch of the log has times of its own.
    async fn note(&mut self) -> Result<(), TransferError> {
        query(
            "insert into imports (partition, tenant_id, first_position, last_position, after)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(self.tenant.partition.number())
        .bind(self.tenant.id.0)
        .bind(self.before.position.saturating_add(1))
        .bind(self.known.head.position)
        .bind(self.before.recorded_at)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// No rule has looked at the parents that came with events.
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

/// Refuses a tenant of which there is anything.
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

/// The states that a batch changes and that aren't known.
fn wanted(working: &Working<'_>, tenant: TenantId, events: &[Incoming]) -> Wants {
    let mut wants = Wants::default();
    for event in events {
        match event.customer.map(|customer| (tenant, customer)) {
            Some(key) if working.customer(&key).is_none() => drop(wants.customers.insert(key)),
            None if working.tenant(tenant).is_none() => drop(wants.tenants.insert(tenant)),
            _ => {}
        }
    }
    wants
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
        event_type: event.event_type.clone().into(),
        event_version: event.event_version.clone().into(),
        payload: event.payload.clone(),
        metadata: event.metadata.clone(),
        recorded_at: event.recorded_at,
        hash: [0; 32],
    }
}
