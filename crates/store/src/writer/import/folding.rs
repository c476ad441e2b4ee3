//! The states that imported events lead to, and the checks on them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::TenantId;
use domain::customer::Reservation;
use domain::upcast::Upcasters;

use crate::model::{TransferError, by};
use crate::writer::batch_state::{BatchState, Lookup};
use crate::writer::cache::{CachedCustomer, CachedTenant, CustomerKey};
use crate::writer::import::incoming::Incoming;

/// The change that events of one command make.
pub(super) enum Change {
    Customer { key: CustomerKey, before: CachedCustomer, after: CachedCustomer },
    Tenant { after: CachedTenant },
}

impl Change {
    /// The exclusive keys that it takes.
    pub(super) fn taken(&self) -> impl Iterator<Item = Reservation> {
        let (before, after) = match self {
            Self::Customer { before, after, .. } => {
                (before.state.reservations(), after.state.reservations())
            }
            Self::Tenant { .. } => Default::default(),
        };
        after.into_iter().filter(move |reservation| {
            reservation.kind.exclusive() && !before.contains(reservation)
        })
    }

    pub(super) fn require_free(
        &self,
        batch_state: &BatchState<'_>,
        tenant: TenantId,
    ) -> Result<(), TransferError> {
        let Self::Customer { key: (_, customer), .. } = self else { return Ok(()) };
        for reservation in self.taken() {
            if let Lookup::Found(holder) = batch_state.holder(tenant, &reservation)
                && holder != *customer
            {
                let kind = reservation.kind;
                return Err(TransferError::Refused(format!(
                    "customers {holder} and {customer} have the same {kind}"
                )));
            }
        }
        Ok(())
    }
}

/// The states after the events folded so far.
pub(super) struct Folding<'a> {
    tenant: TenantId,
    upcasters: &'a Upcasters,
    customers: HashMap<CustomerKey, CachedCustomer>,
    itself: Option<CachedTenant>,
}

impl<'a> Folding<'a> {
    pub(super) fn new(tenant: TenantId, upcasters: &'a Upcasters) -> Self {
        Self { tenant, upcasters, customers: HashMap::new(), itself: None }
    }

    pub(super) fn fold(
        &mut self,
        batch_state: &BatchState<'_>,
        group: &[Incoming],
    ) -> Result<Change, TransferError> {
        let Some(last) = group.last() else { return Err(TransferError::Refused(String::new())) };
        let metadata: BTreeMap<String, String> = serde_json::from_str(&last.metadata)
            .map_err(|_| last.refused("its metadata isn't a flat object of texts"))?;
        let metadata = |name| metadata.get(name).map(String::as_str);
        let (at, by) = (last.recorded_at, by(metadata("actor"), metadata("api_key")));
        let count = i64::try_from(group.len()).unwrap_or(i64::MAX);
        let Some(customer) = last.customer else {
            let before = self.itself.as_ref().or_else(|| batch_state.tenant(self.tenant));
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
        let before = self.customers.get(&key).or_else(|| batch_state.customer(&key));
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

/// Whether this JSON has a text with U+0000. PostgreSQL stores it but can't read values from it.
pub(super) fn has_nul(json: &str) -> bool {
    fn within(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text.contains('\0'),
            serde_json::Value::Array(items) => items.iter().any(within),
            serde_json::Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains('\0') || within(value))
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                false
            }
        }
    }
    json.contains("\\u0000") && serde_json::from_str(json).is_ok_and(|value| within(&value))
}

/// Requires that no event is missing or duplicated.
fn in_sequence(group: &[Incoming], version: i64) -> Result<(), TransferError> {
    for (expected, event) in (version.saturating_add(1)..).zip(group) {
        if event.sequence != expected {
            return Err(event.refused(format!("event {expected} should be here")));
        }
    }
    Ok(())
}
