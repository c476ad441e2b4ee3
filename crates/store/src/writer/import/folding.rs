//! What imported events lead to, and what they must not contradict.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::TenantId;
use domain::customer::Reservation;
use domain::upcast::Upcasters;

use super::Incoming;
use crate::entry::by;
use crate::transfer::TransferError;
use crate::writer::known::{CustomerEntry, CustomerKey, TenantEntry};
use crate::writer::working::{Looked, Working};

/// What events that happened together lead to.
pub(super) enum Change {
    Customer { key: CustomerKey, before: CustomerEntry, after: CustomerEntry },
    Tenant { after: TenantEntry },
}

impl Change {
    /// The keys that nobody else may hold.
    pub(super) fn taken(&self) -> impl Iterator<Item = Reservation> {
        let (before, after) = match self {
            Self::Customer { before, after, .. } => {
                (before.state.reservations(), after.state.reservations())
            }
            Self::Tenant { .. } => Default::default(),
        };
        after.into_iter().filter(move |claim| claim.kind.exclusive() && !before.contains(claim))
    }

    pub(super) fn require_free(
        &self,
        working: &Working<'_>,
        tenant: TenantId,
    ) -> Result<(), TransferError> {
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
pub(super) struct Folding<'a> {
    tenant: TenantId,
    upcasters: &'a Upcasters,
    customers: HashMap<CustomerKey, CustomerEntry>,
    itself: Option<TenantEntry>,
}

impl<'a> Folding<'a> {
    pub(super) fn new(tenant: TenantId, upcasters: &'a Upcasters) -> Self {
        Self { tenant, upcasters, customers: HashMap::new(), itself: None }
    }

    pub(super) fn fold(
        &mut self,
        working: &Working<'_>,
        group: &[Incoming],
    ) -> Result<Change, TransferError> {
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

/// Requires that no event is missing or there twice.
fn in_sequence(group: &[Incoming], version: i64) -> Result<(), TransferError> {
    for (expected, event) in (version.saturating_add(1)..).zip(group) {
        if event.sequence != expected {
            return Err(event.refused(format!("event {expected} should be here")));
        }
    }
    Ok(())
}
