//! Entries of the audit: events with the names of what they are about, and with old and new values.

use std::collections::BTreeSet;

use domain::customer::FieldChange;
use domain::upcast::Upcasters;
use sqlx::PgConnection;

use super::differences::differences;
use crate::error::StoreError;
use crate::model::{Attribution, Recorded, TenantRef};
use crate::queries::{After, CustomerNames, PAGE_BYTES_MAX, Page, as_tenant, names};

/// The maximum of events whose values are read together. So many states are in memory.
const AT_ONCE: usize = 50;

/// An event, and what people want to know with it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The event.
    pub event: Recorded,
    /// The customer's names as they are now. Nothing for an event of the tenant itself.
    pub customer: Option<CustomerNames>,
    /// The name of its API key, if it has one.
    pub api_key_name: Option<String>,
    /// The fields that it changed, if they were requested and it can be read. Nothing for an event of the
    /// tenant itself.
    pub changes: Option<Vec<FieldChange>>,
}

/// The entries of a page of events, with what they changed if `values`. A page whose values have too many
/// bytes ends earlier.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn entries(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    page: Page<Recorded>,
    values: bool,
) -> Result<Page<AuditEntry>, StoreError> {
    let Page { mut items, mut next, position } = page;
    let mut changes: Vec<Option<Vec<FieldChange>>> = Vec::new();
    if values {
        let mut bytes: usize = 0;
        let mut transaction = as_tenant(connection, tenant.id).await?;
        for events in items.chunks(AT_ONCE) {
            if bytes > PAGE_BYTES_MAX {
                break;
            }
            let found = differences(&mut transaction, upcasters, tenant, events).await?;
            bytes = found.iter().flatten().flatten().map(size).fold(bytes, usize::saturating_add);
            changes.extend(found);
        }
        transaction.rollback().await?;
        if changes.len() < items.len() {
            items.truncate(changes.len());
            next = items.last().map(|last| After::position(last.position));
        }
    }
    let keys: Vec<_> = items.iter().map(key_of).collect();
    let customers: BTreeSet<_> = items.iter().filter_map(|event| event.customer_id).collect();
    let distinct: BTreeSet<_> = keys.iter().flatten().cloned().collect();
    let names = names(connection, tenant, customers, distinct).await?;
    let mut changes = changes.into_iter();
    let entry = |(event, key): (Recorded, Option<String>)| AuditEntry {
        customer: event.customer_id.and_then(|id| names.customers.get(&id)).cloned(),
        api_key_name: key.and_then(|key| names.keys.get(&key)).cloned(),
        changes: changes.next().flatten(),
        event: event.of_today(upcasters),
    };
    let items = items.into_iter().zip(keys).map(entry).collect();
    Ok(Page { items, next, position })
}

fn key_of(event: &Recorded) -> Option<String> {
    Attribution::read(&event.metadata).ok()?.api_key.map(String::from)
}

/// About how many bytes a change has as JSON.
fn size(change: &FieldChange) -> usize {
    let values = [&change.old, &change.new].into_iter().flatten();
    values.map(|value| value.to_string().len()).fold(change.field.len(), usize::saturating_add)
}
