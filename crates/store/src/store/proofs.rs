//! Heads of the log, and proofs that events are in it.

use domain::CustomerId;
use sqlx::{PgConnection, query_as, query_scalar};

use crate::error::StoreError;
use crate::log::{Proof, StoredEvent, TreeHead, customer_stream, tree};
use crate::model::{Hash, TenantRef};
use crate::store::handle::Store;

impl Store {
    /// The head of a tenant's partition: its length and the root of its tree.
    ///
    /// The first call on a long log is slow. Work that is done when it is cut off stays done.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when PostgreSQL can't be asked; [`StoreError::Unreadable`] when
    /// parts of the log are missing.
    pub async fn log_head(&self, tenant: TenantRef) -> Result<TreeHead, StoreError> {
        let proofs = &self.inner.pools.proofs;
        proofs
            .ask(tenant.id, move |connection| Box::pin(tree::head(connection, tenant.partition)))
            .await
    }

    /// The proof that the event that made a version of a customer is in the log. Nothing if there
    /// is no such customer or version.
    ///
    /// # Errors
    ///
    /// Those of [`Store::log_head`].
    pub async fn event_proof(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
        version: i64,
    ) -> Result<Option<Proof>, StoreError> {
        self.event_proof_at(tenant, customer, version, None).await
    }

    /// The same for the head that the log had with `size` events. Nothing if it never had that many, or the event
    /// came later. Without a size it is the head of now.
    ///
    /// # Errors
    ///
    /// Those of [`Store::log_head`].
    pub async fn event_proof_at(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
        version: i64,
        size: Option<i64>,
    ) -> Result<Option<Proof>, StoreError> {
        self.inner
            .pools
            .proofs
            .ask(tenant.id, move |connection| {
                Box::pin(proof(connection, tenant, customer, version, size))
            })
            .await
    }
}

async fn proof(
    connection: &mut PgConnection,
    tenant: TenantRef,
    customer: CustomerId,
    version: i64,
    size: Option<i64>,
) -> Result<Option<Proof>, StoreError> {
    let TenantRef { id, partition } = tenant;
    let event: Option<StoredEvent> = query_as(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload::text as payload, metadata::text as metadata,
                partition, position, tenant_id, recorded_at, hash
           from events
          where aggregate_type = 'customer' and aggregate_id = $1 and sequence = $2
            and partition = $3",
    )
    .bind(customer_stream(id, customer))
    .bind(version)
    .bind(partition.number())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(event) = event else { return Ok(None) };
    let before: Option<Vec<u8>> =
        query_scalar("select hash from events where partition = $1 and position = $2")
            .bind(partition.number())
            .bind(event.position.saturating_sub(1))
            .fetch_optional(&mut *connection)
            .await?;
    let before = before.map_or(Ok(Hash::default()), |before| {
        before.try_into().map_err(|_| StoreError::unreadable("a hash", "it hasn't 32 bytes"))
    })?;
    let found = match size {
        Some(size) => tree::proof_at(connection, partition, event.position, size).await?,
        None => Some(tree::proof(connection, partition, event.position).await?),
    };
    Ok(found.map(|(head, path)| Proof { event, before, path, head }))
}
