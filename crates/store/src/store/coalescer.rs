//! Coalesces reads of single customers into statements.
//!
//! A statement costs far more than a row. While a tenant's statement runs, further reads of the
//! tenant wait, up to [`MANY`], and go with the next statement. A read is never answered from a
//! statement that began before it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{CustomerId, TenantId};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::{StoreError, broken_off, timed_out};
use crate::model::{Current, Document};
use crate::read_pool::{READ_TIMEOUT, WAIT};

/// With this many waiting reads, a tenant gets a second concurrent statement.
const MANY: usize = 16;
/// The maximum of customers in a statement.
const TOGETHER_MAX: usize = 128;

/// A read that waits for its answer.
pub(super) struct WaitingRead {
    pub(super) customer: CustomerId,
    pub(super) answer: Answer,
}

/// Where the answer goes, and in which form.
pub(super) enum Answer {
    Current(oneshot::Sender<Result<Option<Current>, StoreError>>),
    Document(oneshot::Sender<Result<Option<Document>, StoreError>>),
}

/// The waiting reads of each tenant.
#[derive(Default)]
pub(super) struct ReadCoalescer(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    reads: HashMap<TenantId, Vec<WaitingRead>>,
    /// The rounds that each tenant has running. A round sends one statement after the other.
    under_way: HashMap<TenantId, usize>,
}

impl ReadCoalescer {
    /// Adds a read, and returns whether a new round must begin.
    pub(super) fn join(&self, tenant: TenantId, read: WaitingRead) -> bool {
        let mut waiting = self.waiting();
        let reads = waiting.reads.entry(tenant).or_default();
        reads.push(read);
        let waits = reads.len();
        let under_way = waiting.under_way.entry(tenant).or_default();
        let begins = match *under_way {
            0 => true,
            1 => waits == MANY,
            _ => false,
        };
        *under_way = under_way.saturating_add(usize::from(begins));
        begins
    }

    /// The reads for the next statement of a tenant's round. If there are none, the round is over.
    pub(super) fn next(&self, tenant: TenantId) -> Option<Vec<WaitingRead>> {
        let mut waiting = self.waiting();
        let Some(mut reads) = waiting.reads.remove(&tenant) else {
            waiting.end_round(tenant);
            return None;
        };
        if reads.len() > TOGETHER_MAX {
            let later = reads.split_off(TOGETHER_MAX);
            waiting.reads.insert(tenant, later);
        }
        Some(reads)
    }

    /// Whether a tenant's round continues after a statement. If another round is running, it
    /// continues only for [`MANY`] reads.
    pub(super) fn goes_on(&self, tenant: TenantId) -> bool {
        let mut waiting = self.waiting();
        let others = waiting.under_way.get(&tenant).is_some_and(|rounds| *rounds > 1);
        let enough = if others { MANY } else { 1 };
        let goes_on = waiting.reads.get(&tenant).is_some_and(|reads| reads.len() >= enough);
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

/// The answer of a round that others share.
pub(super) async fn in_time<T>(
    answered: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout(WAIT.saturating_add(READ_TIMEOUT), answered).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(broken_off("a read that others waited for ended").into()),
        Err(_) => Err(timed_out().into()),
    }
}

#[cfg(test)]
mod tests;
