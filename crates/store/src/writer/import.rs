//! Events from elsewhere brought into an empty tenant: batches like any other, in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::upcast::Upcasters;
use domain::{CustomerId, TenantId};
use sqlx::{Connection as _, PgConnection, query, query_scalar};

use super::append::append;
use super::batch::Batch;
use super::head::{catch_up, lock};
use super::known::{CustomerEntry, CustomerKey, Head, Known, Sharers, TenantEntry};
use super::load::load;
use super::rows::EventRow;
use super::submission::TenantRef;
use super::wants::Wants;
use super::working::{Carried, Looked, Working};
use crate::connect::{Role, connect, require_durability};
use crate::entry::by;
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
        // Between two batches a source may be slow; the default is for commands.
        query("set local idle_in_transaction_session_timeout = '60s'")
            .execute(&mut connection)
            .await?;
        require_empty(&mut connection, id).await?;
        let known = catch_up(&mut connection, tenant.partition, None, &Sharers::default()).await?;
        let (upcasters, waiting) = (options.upcasters.clone(), Vec::new());
        let before = known.head;
        Ok(Self { connection, tenant, upcasters, known, before, waiting, last: None })
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
        self.last = Some(event.recorded_at);
        self.waiting.push(event);
        Ok(())
    }

    /// Makes all of it part of the log.
    pub(crate) async fn commit(mut self) -> Result<(), TransferError> {
        if self.last.is_none() {
            return Err(TransferError::Refused("there are no events".to_owned()));
        }
        self.flush().await?;
        self.require_parents().await?;
        self.note().await?;
        query("commit").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
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
                    working.change_customer(key, &before.state, after);
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
        .bind(self.before.position + 1)
        .bind(self.known.head.position)
        .bind(self.before.recorded_at)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// No rule has looked at a parent that came with an event.
    async fn require_parents(&mut self) -> Result<(), TransferError> {
        let amiss: Vec<uuid::Uuid> = query_scalar(
            "select c.customer_id from customers as c
              where c.partition = $1 and c.tenant_id = $2 and c.parent_id is not null
                and not exists (select from customers as p
                                 where p.partition = $1 and p.tenant_id = $2
                                   and p.customer_id = c.parent_id)
              order by c.customer_id limit 1",
        )
        .bind(self.tenant.partition.number())
        .bind(self.tenant.id.0)
        .fetch_all(&mut self.connection)
        .await?;
        match amiss.first() {
            None => Ok(()),
            Some(id) => {
                Err(TransferError::Refused(format!("the parent of customer {id} is missing")))
            }
        }
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

/// What events that happened together lead to.
enum Change {
    Customer { key: CustomerKey, before: CustomerEntry, after: CustomerEntry },
    Tenant { after: TenantEntry },
}

impl Change {
    /// The keys that nobody else may hold.
    fn taken(&self) -> impl Iterator<Item = domain::customer::Claim> {
        let (before, after) = match self {
            Self::Customer { before, after, .. } => (before.state.claims(), after.state.claims()),
            Self::Tenant { .. } => Default::default(),
        };
        after.into_iter().filter(move |claim| claim.kind.exclusive() && !before.contains(claim))
    }

    fn require_free(&self, working: &Working<'_>, tenant: TenantId) -> Result<(), TransferError> {
        let Self::Customer { key: (_, customer), .. } = self else { return Ok(()) };
        for claim in self.taken() {
            if let Looked::Found(holder) = working.holder(tenant, &claim)
                && holder != *customer
            {
                let kind = claim.kind;
                return Err(TransferError::Refused(format!(
                    "customers {holder} and {customer} have the same {kind}"
                )));
            }
        }
        Ok(())
    }
}

/// States as far as a batch has been folded.
struct Folding<'a> {
    tenant: TenantId,
    upcasters: &'a Upcasters,
    customers: HashMap<CustomerKey, CustomerEntry>,
    itself: Option<TenantEntry>,
}

impl<'a> Folding<'a> {
    fn new(tenant: TenantId, upcasters: &'a Upcasters) -> Self {
        Self { tenant, upcasters, customers: HashMap::new(), itself: None }
    }

    fn fold(&mut self, working: &Working<'_>, group: &[Incoming]) -> Result<Change, TransferError> {
        let Some(last) = group.last() else { return Err(TransferError::Refused(String::new())) };
        let told: BTreeMap<String, String> = serde_json::from_str(&last.metadata)
            .map_err(|_| last.refused("its metadata isn't a flat object of texts"))?;
        let told = |name| told.get(name).map(String::as_str);
        let (at, by) = (last.recorded_at, by(told("actor"), told("api_key")));
        let count = i64::try_from(group.len()).unwrap_or(i64::MAX);
        let Some(customer) = last.customer else {
            let before = self.itself.as_ref().or_else(|| working.tenant(self.tenant));
            let before = before.cloned().unwrap_or_default();
            in_sequence(group, before.version)?;
            let mut state = domain::tenant::Tenant::clone(&before.state);
            for event in group {
                let Incoming { event_type, event_version, payload, .. } = event;
                let read = self.upcasters.tenant_event(event_type, event_version, payload);
                state = state.evolve(read.map_err(|error| event.refused(error.to_string()))?);
            }
            let after = Arc::new(before.then(Arc::new(state), count, at, by));
            self.itself = Some(Arc::clone(&after));
            return Ok(Change::Tenant { after });
        };
        let key = (self.tenant, customer);
        let before = self.customers.get(&key).or_else(|| working.customer(&key));
        let before = before.cloned().unwrap_or_default();
        in_sequence(group, before.version)?;
        let mut state = before.state.clone();
        for event in group {
            let Incoming { event_type, event_version, payload, .. } = event;
            let read = self.upcasters.customer_event(event_type, event_version, payload);
            state = state.evolve(read.map_err(|error| event.refused(error.to_string()))?);
        }
        let after = Arc::new(before.then(state, count, at, by));
        self.customers.insert(key, Arc::clone(&after));
        Ok(Change::Customer { key, before, after })
    }
}

/// Whether a text of this JSON has U+0000. The column takes it, and then nothing can be read from it.
fn has_nul(json: &str) -> bool {
    fn within(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text.contains('\0'),
            serde_json::Value::Array(items) => items.iter().any(within),
            serde_json::Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains('\0') || within(value))
            }
            _ => false,
        }
    }
    json.contains("\\u0000") && serde_json::from_str(json).is_ok_and(|value| within(&value))
}

/// Requires that no event is missing or there twice.
fn in_sequence(group: &[Incoming], version: i64) -> Result<(), TransferError> {
    for (expected, event) in (version + 1..).zip(group) {
        if event.sequence != expected {
            return Err(event.refused(format!("event {expected} should be here")));
        }
    }
    Ok(())
}
