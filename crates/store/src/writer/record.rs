//! Events of a tenant that no command asked for, recorded together with rows that aren't the log's.

use std::sync::Arc;

use domain::tenant::{self, Tenant};
use sqlx::{PgConnection, query};

use super::append::append;
use super::batch::Batch;
use super::conclude::{Stream, conclude, prepare};
use super::head::{catch_up, lock};
use super::known::Sharers;
use super::load::load;
use super::submission::{Expected, Metadata, Rendered, Submission, Target, TenantRef};
use super::wants::Wants;
use super::working::{Carried, Working};
use crate::error::{StoreError, broken_off};

/// Begins a transaction that may record events of the tenant. The head is locked until its end.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    tenant: TenantRef,
) -> Result<(), StoreError> {
    Ok(lock(connection, tenant.partition).await?)
}

/// Commits the transaction if `done`; otherwise nothing of it happened.
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

/// Appends an event to the stream of a tenant, within the transaction, and returns its position; nothing when
/// there is no such tenant.
pub(crate) async fn record(
    connection: &mut PgConnection,
    tenant: TenantRef,
    event: tenant::Event,
    metadata: Metadata,
) -> Result<Option<i64>, StoreError> {
    let known = catch_up(connection, tenant.partition, None, &Sharers::default()).await?;
    let mut working = Working::new(tenant.partition, &known, Carried::default());
    let wants = Wants { tenants: [tenant.id].into(), ..Wants::default() };
    load(connection, &mut working, wants).await?;
    let before = working.tenant(tenant.id).cloned().unwrap_or_default();
    if before.version == 0 {
        return Ok(None);
    }
    let prepared = prepare(&event, event.name())?;
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
    let stream = Stream::of_tenant(tenant.id);
    let (entry, _) = conclude(&mut working, &submission, &stream, &before, state, vec![prepared])?;
    if let Some(entry) = entry {
        working.change_tenant(tenant.id, entry);
    }
    let (batch, _) = Batch::close(working)?;
    let position = batch.head.position;
    match append(connection, &batch).await? {
        Some(_) => Ok(Some(position)),
        None => Err(StoreError::Refused(broken_off("the log's head moved under its lock"))),
    }
}
