//! Reads of single customers.

use std::collections::HashMap;
use std::sync::Arc;

use domain::CustomerId;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::timeout;
use uuid::Uuid;

use super::coalescer::WaitingRead;
use super::handle::{Inner, Store};
use crate::error::{StoreError, broken_off, timed_out};
use crate::model::{Current, Reference, TenantRef};
use crate::queries;
use crate::read_pool::{READ_TIMEOUT, WAIT};

impl Store {
    /// The customer that `reference` names, as it is now, if it exists.
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
        if self.inner.coalescer.join(tenant.id, WaitingRead { customer, answer }) {
            tokio::spawn(run_round(Arc::clone(&self.inner), tenant));
        }
        match timeout(WAIT.saturating_add(READ_TIMEOUT), answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(broken_off("a read that others waited for ended").into()),
            Err(_) => Err(timed_out().into()),
        }
    }
}

/// Sends a tenant's waiting reads until there are none. Tenants take turns for a connection. A read
/// that arrives while its tenant waits joins the next statement.
async fn run_round(inner: Arc<Inner>, tenant: TenantRef) {
    let pool = &inner.pools.current;
    loop {
        let permit = pool.enter(tenant.id).await;
        let Some(waiting) = inner.coalescer.next(tenant.id) else { return };
        let ids: Vec<Uuid> = waiting.iter().map(|read| read.customer.0).collect();
        let found = match permit {
            Ok(permit) => {
                let found = pool.ask_with(permit, move |connection| {
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
        for WaitingRead { customer, answer } in waiting {
            let read = found.as_ref().map(|found| found.get(&customer.0).cloned());
            // A caller that has gone misses the answer.
            drop(answer.send(read.map_err(StoreError::for_another)));
        }
        // A caller that got its answer may read again at once, and then joins the next statement.
        yield_now().await;
        if !inner.coalescer.goes_on(tenant.id) {
            return;
        }
    }
}
