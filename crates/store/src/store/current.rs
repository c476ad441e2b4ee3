//! Reads of single customers, asked of the database together when they come together.
//!
//! A statement costs far more than a row of it: what a tenant asks for while its statement is under way waits
//! for that to end, or until there are [`MANY`], and goes with all else that it asks for by then. A read is
//! never answered from a statement that began before it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{CustomerId, TenantId};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Inner, READ_TIMEOUT, Store, ask};
use crate::error::{StoreError, broken_off, timed_out};
use crate::queries::{self, Current, Reference};
use crate::writer::submission::TenantRef;

/// Statements at a time.
const ROUNDS_MAX: usize = 4;
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
    /// Those whose turn it is as soon as a round goes, in the order in which they came.
    turns: VecDeque<TenantRef>,
    /// How many statements each tenant has under way.
    under_way: HashMap<TenantId, usize>,
    rounds: usize,
}

impl Together {
    /// Whether somebody has to begin a round, since too few go.
    fn join(&self, tenant: TenantRef, asker: Asker) -> bool {
        let mut waiting = self.waiting();
        let askers = waiting.askers.entry(tenant.id).or_default();
        askers.push(asker);
        let waits = askers.len();
        let turn = match waiting.under_way.get(&tenant.id) {
            None => waits == 1,
            Some(1) => waits == MANY,
            Some(_) => false,
        };
        if !turn {
            return false;
        }
        waiting.turns.push_back(tenant);
        let begins = waiting.rounds < ROUNDS_MAX;
        waiting.rounds = waiting.rounds.saturating_add(usize::from(begins));
        begins
    }

    /// Whose turn it is; nothing when it is nobody's, and the round is over then.
    fn next(&self) -> Option<(TenantRef, Vec<Asker>)> {
        let mut waiting = self.waiting();
        let (tenant, mut askers) = loop {
            let Some(tenant) = waiting.turns.pop_front() else {
                waiting.rounds = waiting.rounds.saturating_sub(1);
                return None;
            };
            // They may have gone with an earlier turn.
            if let Some(askers) = waiting.askers.remove(&tenant.id) {
                break (tenant, askers);
            }
        };
        let under_way = waiting.under_way.entry(tenant.id).or_default();
        *under_way = under_way.saturating_add(1);
        if askers.len() > TOGETHER_MAX {
            let later = askers.split_off(TOGETHER_MAX);
            waiting.askers.insert(tenant.id, later);
        }
        Some((tenant, askers))
    }

    /// A statement of the tenant has ended: who has come meanwhile waits for the next turn.
    fn ended(&self, tenant: TenantRef) {
        let mut waiting = self.waiting();
        let under_way = waiting.under_way.remove(&tenant.id).map_or(0, |of| of.saturating_sub(1));
        if under_way > 0 {
            waiting.under_way.insert(tenant.id, under_way);
        }
        let enough = if under_way > 0 { MANY } else { 1 };
        if waiting.askers.get(&tenant.id).is_some_and(|askers| askers.len() >= enough) {
            waiting.turns.push_back(tenant);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.ask(move |connection| {
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
        if self.inner.together.join(tenant, Asker { customer, answer }) {
            tokio::spawn(go_round(Arc::clone(&self.inner)));
        }
        match timeout(READ_TIMEOUT, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(broken_off("a read that others waited for ended").into()),
            Err(_) => Err(timed_out().into()),
        }
    }
}

/// Asks for those who wait until there are none.
async fn go_round(inner: Arc<Inner>) {
    while let Some((tenant, askers)) = inner.together.next() {
        let ids: Vec<Uuid> = askers.iter().map(|asker| asker.customer.0).collect();
        let found = ask(&inner.readers, move |connection| {
            let ids = ids.clone();
            Box::pin(async move { queries::current(connection, tenant, ids).await })
        });
        let found = found.await.map(|found| {
            found.into_iter().map(|current| (current.id, current)).collect::<HashMap<_, _>>()
        });
        for Asker { customer, answer } in askers {
            let told = found.as_ref().map(|found| found.get(&customer.0).cloned());
            // Whoever has gone misses it.
            drop(answer.send(told.map_err(StoreError::for_another)));
        }
        // Who was answered may ask again at once, and then goes with those who have come meanwhile.
        yield_now().await;
        inner.together.ended(tenant);
    }
}

#[cfg(test)]
mod tests;
