//! Verifies that each stream is complete, and that current states have the log's versions.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use sqlx::{PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::event::StoredEvent;
use crate::log::verify::damage::{Damage, Kind, Whose};
use crate::log::verify::findings::Findings;
use crate::partition::Partition;

/// The progress of each stream.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<(Uuid, Option<Uuid>), Reached>);

#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    /// The latest version.
    version: i64,
    position: i64,
    /// The last version in order.
    in_order: i64,
    /// The last version out of order.
    astray: Option<i64>,
}

impl Reached {
    /// Continues with `version`. Returns the expected version if it is another.
    ///
    /// After a wrong version the stream may continue from there, if events are missing, or from
    /// before, if one was displaced. So one displaced event is not reported again at each later
    /// one.
    fn next(&mut self, version: i64) -> Option<i64> {
        let due = self.in_order.saturating_add(1);
        self.version = self.version.max(version);
        let after_astray = self.astray.map(|astray| astray.saturating_add(1));
        if version == due || after_astray == Some(version) {
            self.in_order = version;
            return None;
        }
        self.astray = Some(version);
        Some(due)
    }
}

impl Streams {
    /// What is wrong if an event is not the next one of its stream.
    pub(super) fn next(&mut self, event: &StoredEvent) -> Option<Kind> {
        let Some(stream) = stream(event) else { return Some(Kind::Stray) };
        let reached = self.0.entry(stream).or_default();
        reached.position = event.position;
        reached.next(event.sequence).map(|due| Kind::Sequence { due })
    }

    /// Compares the versions of states with the log.
    pub(super) async fn compare(
        mut self,
        snapshot: &mut PgConnection,
        partition: Partition,
        found: &mut Findings,
    ) -> Result<(), StoreError> {
        let mut states = query_as::<_, (Uuid, Option<Uuid>, i64)>(
            "select tenant_id, customer_id, version from customers where partition = $1
              union all
             select tenant_id, null, version from tenants where partition = $1",
        )
        .bind(partition.number())
        .fetch(snapshot);
        while let Some((tenant, customer, kept)) = states.try_next().await? {
            let reached = self.0.remove(&(tenant, customer)).unwrap_or_default();
            if reached.version != kept {
                found.push(differing(partition, (tenant, customer), reached, kept));
            }
        }
        for (stream, reached) in self.0 {
            found.push(differing(partition, stream, reached, 0));
        }
        Ok(())
    }
}

fn differing(
    partition: Partition,
    (tenant, customer): (Uuid, Option<Uuid>),
    reached: Reached,
    kept: i64,
) -> Damage {
    Damage {
        partition: partition.number(),
        position: reached.position,
        whose: Some(Whose { tenant, customer, version: reached.version }),
        kind: Kind::State { kept },
    }
}

/// The stream of an event; nothing unless it belongs to the event's tenant.
fn stream(event: &StoredEvent) -> Option<(Uuid, Option<Uuid>)> {
    let (tenant, customer) = match event.aggregate_type.as_str() {
        "tenant" => (event.aggregate_id.parse().ok()?, None),
        "customer" => {
            let (tenant, customer) = event.aggregate_id.split_once('/')?;
            (tenant.parse().ok()?, Some(customer.parse().ok()?))
        }
        _ => return None,
    };
    (tenant == event.tenant_id).then_some((tenant, customer))
}

#[cfg(test)]
mod tests;
