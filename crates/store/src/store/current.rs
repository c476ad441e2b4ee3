//! Reads of single customers, asked of the database together when they come together.
//!
//! A statement costs far more than a row of it: what a tenant asks for while its statement is under way waits
//! for that to end, or until there are [`MANY`], and goes with all else that it asks for by then. A read is
//! never answered from a statement that began before it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{CustomerId, TenantId};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Inner, Store};
use crate::error::{StoreError, broken_off, timed_out};
use crate::queries::{self, Current, Reference};
use crate::read_lane::{READ_TIMEOUT, WAIT};
use crate::writer::submission::TenantRef;

/// When so many wait for a tenant's statement, a second one goes beside it.
const MANY: usize = 16;
/// Customers of one statement, at most.
const TOGETHER_MAX: usize = 128;

/// Who waits for a customer.
struct Asker {
    customer: CustomerId,
    answer: oneshot::Sender<Result<Option<Current>, StoreError>>,
}

/// Who waits, tenant by tenant.
#[derive(Default)]
pub(super) struct Together(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    askers: HashMap<TenantId, Vec<Asker>>,
    /// How many rounds each tenant has under way. A round asks one statement after the other.
    under_way: HashMap<TenantId, usize>,
}

impl Together {
    /// Adds a read, and says whether a round has to begin for it.
    fn join(&self, tenant: TenantId, asker: Asker) -> bool {
        let mut waiting = self.waiting();
        let askers = waiting.askers.entry(tenant).or_default();
        askers.push(asker);
        let waits = askers.len();
        let under_way = waiting.under_way.entry(tenant).or_default();
        let begins = match *under_way {
            0 => true,
            1 => waits == MANY,
            _ => false,
        };
        *under_way = under_way.saturating_add(usize::from(begins));
        begins
    }

    /// The reads that go with the next statement of a tenant's round. When there are none, the round is
    /// over.
    fn next(&self, tenant: TenantId) -> Option<Vec<Asker>> {
        let mut waiting = self.waiting();
        let Some(mut askers) = waiting.askers.remove(&tenant) else {
            waiting.end_round(tenant);
            return None;
        };
        if askers.len() > TOGETHER_MAX {
            let later = askers.split_off(TOGETHER_MAX);
            waiting.askers.insert(tenant, later);
        }
        Some(askers)
    }

    /// Whether a tenant's round goes on after a statement: when another one is under way, it does for
    /// [`MANY`] reads only. Else the round is over.
    fn goes_on(&self, tenant: TenantId) -> bool {
        let mut waiting = self.waiting();
        let others = waiting.under_way.get(&tenant).is_some_and(|rounds| *rounds > 1);
        let enough = if others { MANY } else { 1 };
        let goes_on = waiting.askers.get(&tenant).is_some_and(|askers| askers.len() >= enough);
        if !goes_on {
            waiting.end_round(tenant);
        }
        goes_on
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn end_round(&mut self, tenant: TenantId) {
        let under_way = self.under_way.remove(&tenant).map_or(0, |rounds| rounds.saturating_sub(1));
        if under_way > 0 {
            self.under_way.insert(tenant, under_way);
        }
    }
}

impl Store {
    /// The customer that `reference` names, as it is now, if the tenant has one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn customer(
        &self,
        tenant: TenantRef,
        reference: &Reference,
    ) -> Result<Option<Current>, StoreError> {
        if let Reference::Id(id) = reference {
            return self.customer_of_id(tenant, *id).await;
        }
        let reference = reference.clone();
        self.ask(tenant, move |connection| {
            let reference = reference.clone();
            Box::pin(async move { queries::customer(connection, tenant, &reference).await })
        })
        .await
    }

    pub(super) async fn customer_of_id(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
    ) -> Result<Option<Current>, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.inner.together.join(tenant.id, Asker { customer, answer }) {
            tokio::spawn(go_round(Arc::clone(&self.inner), tenant));
        }
        match timeout(WAIT.saturating_add(READ_TIMEOUT), answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(broken_off("a read that others waited for ended").into()),
            Err(_) => Err(timed_out().into()),
        }
    }
}

/// Asks for a tenant's reads that wait, until there are none. Tenants take turns for a connection, and a
/// read that comes while its tenant waits for one goes along.
async fn go_round(inner: Arc<Inner>, tenant: TenantRef) {
    let lane = &inner.lanes.current;
    loop {
        let permit = lane.enter(tenant.id).await;
        let Some(askers) = inner.together.next(tenant.id) else { return };
        let ids: Vec<Uuid> = askers.iter().map(|asker| asker.customer.0).collect();
        let found = match permit {
            Ok(permit) => {
                let found = lane.ask_with(permit, move |connection| {
                    let ids = ids.clone();
                    Box::pin(async move { queries::current(connection, tenant, ids).await })
                });
                found.await
            }
            Err(error) => Err(error),
        };
        let found = found.map(|found| {
            found.into_iter().map(|current| (current.id, current)).collect::<HashMap<_, _>>()
        });
        for Asker { customer, answer } in askers {
            let told = found.as_ref().map(|found| found.get(&customer.0).cloned());
            // Whoever has gone misses it.
            drop(answer.send(told.map_err(StoreError::for_another)));
        }
        // Who was answered may ask again at once, and then goes with those who have come meanwhile.
        yield_now().await;
        if !inner.together.goes_on(tenant.id) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
