//! Verifies that times only go back where a tenant was imported, and that records of imports match
//! the log.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query_as};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::event::StoredEvent;
use crate::log::verify::damage::Kind;
use crate::partition::Partition;

/// The last event of an import.
const IMPORTED: &str = "TenantImported";

/// The record of an import.
#[derive(Clone, Copy, Debug, FromRow)]
struct Import {
    tenant_id: Uuid,
    first_position: i64,
    last_position: i64,
    after: DateTime<Utc>,
}

/// The records of a partition's imports, and the latest time so far.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Records of later positions.
    waiting: VecDeque<Import>,
    /// The record of the current position.
    current: Option<Import>,
    /// The minimum time of the next event: the time of the event before, not the latest of all. So
    /// one displaced event is not reported again at each later one.
    not_before: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl Imports {
    pub(super) async fn read(
        snapshot: &mut PgConnection,
        partition: Partition,
    ) -> Result<Self, StoreError> {
        let waiting: Vec<Import> = query_as(
            "select tenant_id, first_position, last_position, after from imports
              where partition = $1
              order by first_position, tenant_id",
        )
        .bind(partition.number())
        .fetch_all(snapshot)
        .await?;
        Ok(Self { waiting: waiting.into(), ..Self::default() })
    }

    /// Checks the time of the next event, and its import's record.
    pub(super) fn next(&mut self, event: &StoredEvent) -> Option<Kind> {
        let at = event.position;
        let begins = self.waiting.pop_front_if(|import| import.first_position <= at);
        let mut wrong = false;
        if let Some(import) = begins {
            let first = event.aggregate_type == "tenant" && event.sequence == 1;
            wrong = import.first_position != at
                || !first
                || import.after != self.latest
                || self.current.is_some();
            self.not_before = DateTime::UNIX_EPOCH;
            self.current = Some(import);
        }
        let of_another = |import: Import| import.tenant_id != event.tenant_id;
        wrong |= self.current.map_or(event.event_type == IMPORTED, of_another);
        let back = event.recorded_at < self.not_before;
        self.not_before = event.recorded_at;
        self.latest = self.latest.max(event.recorded_at);
        if let Some(ended) = self.current.take_if(|import| import.last_position <= at) {
            self.not_before = self.not_before.max(ended.after);
        }
        if wrong {
            return Some(Kind::ImportRecord);
        }
        back.then_some(Kind::Time)
    }

    /// The latest time of all events.
    pub(super) fn latest(&self) -> DateTime<Utc> {
        self.latest
    }

    /// Records of parts that are not in the log, or not to their end: where they begin, and their
    /// tenants.
    pub(super) fn rest(&self) -> impl Iterator<Item = (i64, Uuid)> {
        let rest = self.current.iter().chain(&self.waiting);
        rest.map(|import| (import.first_position, import.tenant_id))
    }
}
