//! Requests with an idempotency key that this instance is answering.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;
use store::{Idempotency, Refused};

use crate::problem::Problem;

type Key = (TenantId, String);

/// The keys of requests that are being answered, each with what its request hashes to.
#[derive(Clone, Default)]
pub struct RequestsInProgress(Arc<Mutex<HashMap<Key, [u8; 32]>>>);

/// A request that is being answered, for as long as somebody waits for it. What it asks for may go on
/// after that; a repetition then waits in the same queue.
pub struct InProgress {
    all: RequestsInProgress,
    key: Key,
}

impl RequestsInProgress {
    /// Lets a request in, if there is no other with its key. One without a key always comes in.
    ///
    /// # Errors
    ///
    /// Another request with the key is being answered: the same, which may be sent again, or one that
    /// differs.
    pub fn enter(
        &self,
        tenant: TenantId,
        idempotency: Option<&Idempotency>,
    ) -> Result<Option<InProgress>, Problem> {
        let Some(idempotency) = idempotency else { return Ok(None) };
        let key = (tenant, idempotency.key.clone());
        let mut answering = self.answering();
        match answering.get(&key) {
            None => {}
            Some(hash) if *hash == idempotency.request_hash => return Err(Problem::key_locked()),
            Some(_) => return Err(Refused::KeyReused.into()),
        }
        answering.insert(key.clone(), idempotency.request_hash);
        drop(answering);
        Ok(Some(InProgress { all: self.clone(), key }))
    }

    fn answering(&self) -> MutexGuard<'_, HashMap<Key, [u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.all.answering().remove(&self.key);
    }
}
