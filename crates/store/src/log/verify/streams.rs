//! Whether each stream of a partition is whole, and the current states are of the log's versions.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use sqlx::{PgConnection, query_as};
use uuid::Uuid;

use super::{Damage, Findings, Kind, StoredEvent, Whose};
use crate::error::StoreError;
use crate::partition::Partition;

/// How far each customer and tenant of a partition has come.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<(Uuid, Option<Uuid>), Reached>);

#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    /// The latest version that was seen.
    version: i64,
    position: i64,
    /// The last version that came when it was due.
    in_order: i64,
    /// The last one that came when another was due.
    astray: Option<i64>,
}

impl Reached {
    /// Goes on to `version`; the version that is due instead, if another is.
    ///
    /// After a wrong one the stream may go on from there, where events are missing, or as if that had not
    /// been, where one is in the wrong place: so one displaced event isn't told at each that follows it.
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
    /// Whether an event is the next one of its stream; if not, what it is.
    pub(super) fn next(&mut self, event: &StoredEvent) -> Option<Kind> {
        let Some(stream) = stream(event) else { return Some(Kind::Stray) };
        let reached = self.0.entry(stream).or_default();
        reached.position = event.position;
        reached.next(event.sequence).map(|due| Kind::Sequence { due })
    }

    /// Compares the versions of the partition's states with those that the log leads to.
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

/// The stream that an event names; nothing unless it is one of its tenant's.
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
