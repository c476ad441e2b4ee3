//! What each of some events changed, folded from the states before them.

use domain::CustomerId;
use domain::customer::{self, FieldChange};
use domain::upcast::Upcasters;
use sqlx::PgConnection;

use crate::error::StoreError;
use crate::log::read_customer_event;
use crate::model::{Recorded, StreamKey, TenantRef};
use crate::projections::follow::state_cache::states_before;

/// For each of the events, the fields that it changed, sorted. Nothing for an event of the tenant
/// itself, and for one that can't be read or comes after one that can't.
///
/// The events of one customer may be in any order. Where versions are missing between them, the state
/// before is folded again; all of those states are loaded together.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(super) async fn differences(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    events: &[Recorded],
) -> Result<Vec<Option<Vec<FieldChange>>>, StoreError> {
    let customers = events.iter().enumerate();
    let customers = customers.filter_map(|(nth, event)| Some((event.customer_id?, event, nth)));
    let mut sorted: Vec<_> = customers.collect();
    sorted.sort_by_key(|(customer, event, _)| (*customer, event.version));
    let before = |event: &Recorded| event.version.saturating_sub(1);
    let mut known = None;
    let mut starts = Vec::new();
    for (customer, event, _) in &sorted {
        if known != Some((*customer, before(event))) {
            let customer = CustomerId(*customer);
            let key = StreamKey { partition: tenant.partition, tenant: tenant.id, customer };
            starts.push((key, before(event)));
        }
        known = Some((*customer, event.version));
    }
    let states = states_before(connection, upcasters, None, tenant.partition, &starts).await?;
    let mut starts = starts.into_iter().zip(states).peekable();
    let mut found: Vec<Option<Vec<FieldChange>>> = events.iter().map(|_| None).collect();
    let mut state = None;
    for (customer, event, nth) in sorted {
        if let Some((_, begun)) = starts
            .next_if(|((key, version), _)| key.customer.0 == customer && *version == before(event))
        {
            state = begun.ok().map(|entry| entry.state);
        }
        let Some(now) = state.take() else { continue };
        let Recorded { event_type, event_version, payload, .. } = event;
        let Ok(read) = read_customer_event(upcasters, event_type, event_version, payload) else {
            continue;
        };
        let after = now.clone().evolve(read);
        if let Some(slot) = found.get_mut(nth) {
            let mut changed = customer::changes(&now, &after);
            changed.sort_by(|one, other| one.field.cmp(&other.field));
            *slot = Some(changed);
        }
        state = Some(after);
    }
    Ok(found)
}
