//! Requests with an idempotency key that are in progress at this instance.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TenantId;
use store::{Idempotency, Refused};

use crate::problem::Problem;

type Key = (TenantId, String);

/// The keys of requests in progress, each with the hash of its request.
#[derive(Clone, Default)]
pub struct RequestsInProgress(Arc<Mutex<HashMap<Key, [u8; 32]>>>);

/// A request in progress, until its caller stops waiting. Its commands may go on
/// after that; a repetition then waits in the same queue.
pub struct InProgress {
    all: RequestsInProgress,
    key: Key,
}

impl RequestsInProgress {
    /// Enters a request, if no other with its key is in progress. A request without a key always enters.
    ///
    /// # Errors
    ///
    /// A 409 when the same request is in progress, and the client may send it again; a 422 when a different one
    /// with the key is.
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
