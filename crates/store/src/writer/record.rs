//! Records events of a tenant that no command caused, together with rows outside the log.

use std::sync::Arc;

use domain::tenant::{self, Tenant};
use sqlx::{PgConnection, query};

use super::append::append;
use super::batch::Batch;
use super::batch_state::{BatchState, InFlightChanges};
use super::cache::WriterGroup;
use super::head::{catch_up, lock};
use super::load::load;
use super::loads::Loads;
use super::outcome::{Stream, build_outcome};
use super::submission::{Expected, Metadata, Submission, Target};
use crate::error::{StoreError, broken_off};
use crate::model::{Rendered, TenantRef};
use crate::writer::event_row::NewEvent;

/// Begins a transaction that may record events of the tenant. It locks the head until its end.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    tenant: TenantRef,
) -> Result<(), StoreError> {
    Ok(lock(connection, tenant.partition).await?)
}

/// Commits the transaction if `done`; otherwise rolls it back.
pub(crate) async fn end<T>(
    connection: &mut PgConnection,
    done: Result<T, StoreError>,
) -> Result<T, StoreError> {
    let statement = if done.is_ok() { "commit" } else { "rollback" };
    let ended = query(statement).execute(connection).await;
    let done = done?;
    ended?;
    Ok(done)
}

/// Appends an event to a tenant's stream, within the transaction, and returns its position. Returns
/// nothing if there is no such tenant.
pub(crate) async fn record(
    connection: &mut PgConnection,
    tenant: TenantRef,
    event: tenant::Event,
    metadata: Metadata,
) -> Result<Option<i64>, StoreError> {
    let cache = catch_up(connection, tenant.partition, None, &WriterGroup::default()).await?;
    let mut batch_state = BatchState::new(tenant.partition, &cache, InFlightChanges::default());
    let loads = Loads { tenants: [tenant.id].into(), ..Loads::default() };
    load(connection, &mut batch_state, loads).await?;
    let before = batch_state.tenant(tenant.id).cloned().unwrap_or_default();
    if before.version == 0 {
        return Ok(None);
    }
    let recorded = NewEvent::of(&event)?;
    let state = Arc::new(Tenant::clone(&before.state).evolve(event));
    let submission = Submission {
        tenant,
        target: Target::Tenant { commands: Vec::new() },
        expected: Expected::Any,
        idempotency: None,
        metadata,
        dry_run: false,
        shown: false,
        render: Box::new(|_| Rendered {
            status: 0,
            version: None,
            position: None,
            body: String::new(),
        }),
    };
    let stream = Stream::of::<Tenant>(tenant.id.0, tenant.id.to_string());
    let (entry, _) =
        build_outcome(&mut batch_state, &submission, &stream, &before, state, vec![recorded])?;
    if let Some(entry) = entry {
        batch_state.change_tenant(tenant.id, entry);
    }
    let (batch, _) = Batch::close(batch_state)?;
    let position = batch.head.position;
    match append(connection, &batch).await? {
        Some(_) => Ok(Some(position)),
        None => Err(StoreError::Refused(broken_off("the log's head moved under its lock"))),
    }
}
