//! Reads of single customers.

use std::collections::HashMap;
use std::sync::Arc;

use domain::CustomerId;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use uuid::Uuid;

use super::coalescer::{Answer, WaitingRead, in_time};
use super::handle::{Inner, Store};
use super::remembered::keep;
use crate::error::StoreError;
use crate::model::{Current, Document, Reference, TenantRef};
use crate::queries;

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
        self.join_round(tenant, customer, Answer::Current(answer));
        in_time(answered).await
    }

    /// The document of the customer with this id, as it is now, if it exists.
    ///
    /// It may come from memory: if the document there is of the head of its partition, and that head was read from
    /// the database after this call (ADR 43).
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
    pub async fn customer_document(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
    ) -> Result<Option<Document>, StoreError> {
        if let Some(confirmed) = self.remembered(tenant, customer).await? {
            return Ok(Some(confirmed));
        }
        let (answer, answered) = oneshot::channel();
        self.join_round(tenant, customer, Answer::Document(answer));
        in_time(answered).await
    }

    fn join_round(&self, tenant: TenantRef, customer: CustomerId, answer: Answer) {
        if self.inner.coalescer.join(tenant.id, WaitingRead { customer, answer }) {
            tokio::spawn(run_round(Arc::clone(&self.inner), tenant));
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
                    Box::pin(async move { queries::current_at_head(connection, tenant, ids).await })
                });
                found.await
            }
            Err(error) => Err(error),
        };
        match found {
            Ok(found) => {
                let head = found.head;
                let documents = answer_all(waiting, found.customers);
                keep(&inner, tenant, head, documents);
            }
            Err(error) => fail_all(waiting, &error),
        }
        // A caller that got its answer may read again at once, and then joins the next statement.
        yield_now().await;
        if !inner.coalescer.goes_on(tenant.id) {
            return;
        }
    }
}

/// Answers reads, and returns the documents that were requested. A caller that has gone misses the answer.
fn answer_all(waiting: Vec<WaitingRead>, found: Vec<Current>) -> HashMap<Uuid, Document> {
    let found: HashMap<_, _> = found.into_iter().map(|current| (current.id, current)).collect();
    let mut documents = HashMap::new();
    for WaitingRead { customer, answer } in waiting {
        let current = found.get(&customer.0);
        match answer {
            Answer::Current(answer) => drop(answer.send(Ok(current.cloned()))),
            Answer::Document(answer) => {
                let document = current.map(|current| {
                    let document = documents.entry(current.id);
                    document.or_insert_with(|| Document::from(current)).clone()
                });
                drop(answer.send(Ok(document)));
            }
        }
    }
    documents
}

fn fail_all(waiting: Vec<WaitingRead>, error: &StoreError) {
    for WaitingRead { answer, .. } in waiting {
        match answer {
            Answer::Current(answer) => drop(answer.send(Err(error.for_another()))),
            Answer::Document(answer) => drop(answer.send(Err(error.for_another()))),
        }
    }
}
