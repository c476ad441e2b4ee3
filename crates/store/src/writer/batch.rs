//! A decided batch on its way into the log.

use domain::{CustomerId, TenantId};

use super::batch_state::{BatchEffects, BatchState};
use super::cache::{CustomerKey, Head, WriterCache};
use super::event_row::EventRow;
use super::rows::Columns;
use crate::clock::Clock;
use crate::error::StoreError;
use crate::memory::ReadMemory;
use crate::partition::Partition;

/// What one append stores.
pub(crate) struct Batch {
    pub(crate) partition: Partition,
    /// The head that the batch was decided on.
    pub(crate) base: Head,
    /// The head after the batch.
    pub(crate) head: Head,
    pub(crate) events: Vec<EventRow>,
    pub(crate) columns: Columns,
    customers: Vec<CustomerKey>,
    tenants: Vec<TenantId>,
}

/// The outcome of an append.
pub(crate) enum AppendOutcome {
    /// The batch is in the log. With the time that the database reported.
    Stored(Option<Clock>),
    /// Another writer moved the head. Nothing was stored.
    HeadMoved,
    /// An idempotency key was already in use. Nothing was stored.
    KeyTaken,
    /// The answer was lost, and the batch was not stored.
    Lost,
    /// It is unknown whether the batch was stored. It must not be decided again: commands without
    /// an idempotency key could happen twice, or be refused because they already happened.
    Unknown(StoreError),
}

impl Batch {
    /// Closes a batch: what to store, and what holds once it is stored.
    pub(crate) fn close(
        mut batch_state: BatchState<'_>,
    ) -> Result<(Self, BatchEffects), StoreError> {
        let columns = Columns::of(&mut batch_state)?;
        let batch = Self {
            partition: batch_state.partition,
            base: batch_state.base_head(),
            head: batch_state.head,
            columns,
            events: std::mem::take(&mut batch_state.events),
            customers: batch_state.changed_customers.iter().copied().collect(),
            tenants: batch_state.changed_tenants.iter().copied().collect(),
        };
        Ok((batch, batch_state.into_effects()))
    }

    /// Hands the states of the stored batch to the memory of reads.
    pub(crate) fn hand_over(&self, memory: &ReadMemory) {
        let customers = &self.columns.customers;
        let keys = customers.tenants.iter().zip(&customers.ids);
        let keys = keys.map(|(tenant, id)| (TenantId(*tenant), CustomerId(*id)));
        let heads = (&self.base.mark(), &self.head.mark());
        memory.committed(self.partition, heads, keys, |nth| customers.document(nth));
    }

    /// Removes from `cache` what was put there as if this batch were stored.
    pub(crate) fn undo(&self, cache: &mut WriterCache) {
        cache.head = self.base;
        for key in &self.customers {
            cache.customers.remove(key);
        }
        for key in &self.tenants {
            cache.tenants.remove(key);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.columns.answers.keys.is_empty()
    }
}
