//! The size of batches: smaller after one that took too long, larger again as batches succeed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::partition::{PARTITIONS, Partition};

/// The maximum of events in a batch.
pub(super) const EVENTS_MAX: i64 = 8_192;
/// The factor by which a batch shrinks after one that took too long.
const SHRINK: i64 = 8;
/// The maximum of events in a batch that finds out whether one customer or the whole database is
/// slow.
const APART_MAX: i64 = 1_024;
/// The minimum of events in such a batch: one of the slow customer, and one of another.
const APART_MIN: i64 = 2;
/// The factor by which such a batch shrinks and grows.
const APART_STEP: i64 = 4;
/// Batches grow while one takes less than this part of a statement's maximum time …
const QUICK_PART: u32 = 8;
/// … and shrink when one takes more than this part. So transactions stay short.
const SLOW_PART: u32 = 2;

/// The size and mode of the next batch of a partition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BatchSize {
    /// The maximum of events.
    pub(super) events_max: i64,
    /// Whether the first customer's rows are stored apart: its next event alone took too long.
    pub(super) apart: bool,
}

/// The pace of each partition.
#[derive(Debug)]
pub(crate) struct Paces {
    partitions: Mutex<Vec<Pace>>,
    quick: Duration,
    slow: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Pace {
    events_max: i64,
    apart: bool,
    apart_max: i64,
}

const FULL: Pace = Pace { events_max: EVENTS_MAX, apart: false, apart_max: APART_MAX };

impl Paces {
    /// Full pace in all partitions, with this maximum time of a statement.
    pub(crate) fn new(statement: Duration) -> Self {
        let paces = vec![FULL; usize::from(PARTITIONS.unsigned_abs())];
        Self {
            partitions: Mutex::new(paces),
            quick: statement.checked_div(QUICK_PART).unwrap_or_default(),
            slow: statement.checked_div(SLOW_PART).unwrap_or_default(),
        }
    }

    /// The size and mode of the next batch of `partition`.
    pub(super) fn next(&self, partition: Partition) -> BatchSize {
        self.with(partition, |pace| {
            let events_max = if pace.apart { pace.apart_max } else { pace.events_max };
            BatchSize { events_max, apart: pace.apart }
        })
    }

    /// A batch with this many events was stored, in this time.
    pub(super) fn stored(&self, partition: Partition, events: i64, took: Duration) {
        self.with(partition, |pace| {
            pace.apart = false;
            if took < self.quick {
                pace.events_max = EVENTS_MAX.min(pace.events_max.saturating_mul(2));
                pace.apart_max = APART_MAX.min(pace.apart_max.saturating_mul(2));
            } else if took > self.slow {
                pace.events_max = divided(events.min(pace.events_max), 2);
            }
        });
    }

    /// A batch with this many events took too long, on reading or storing. Returns the maximum of
    /// the next one.
    pub(super) fn timed_out(
        &self,
        partition: Partition,
        batch: BatchSize,
        events: i64,
        storing: bool,
    ) -> i64 {
        self.with(partition, |pace| {
            if batch.apart {
                // The others are slow, too.
                pace.apart = false;
                pace.apart_max = APART_MIN.max(divided(pace.apart_max, APART_STEP));
            } else if storing && events == 1 {
                pace.apart = true;
            }
            pace.events_max = divided(events.min(pace.events_max), SHRINK);
            pace.events_max
        })
    }

    /// A slow batch had events of one customer only, so there was nothing to compare with.
    pub(super) fn nobody_else(&self, partition: Partition) {
        self.with(partition, |pace| {
            pace.apart = false;
            pace.apart_max = APART_MAX.min(pace.apart_max.saturating_mul(APART_STEP));
        });
    }

    fn with<T>(&self, partition: Partition, change: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pace) = paces.get_mut(partition.index()) else { return change(&mut FULL.clone()) };
        let before = pace.events_max;
        let answer = change(pace);
        if pace.events_max != before {
            let number = partition.number().to_string();
            #[expect(
                clippy::cast_precision_loss,
                clippy::as_conversions,
                reason = "at most 8,192"
            )]
            metrics::gauge!("dossier_projection_batch_max_events", "partition" => number)
                .set(pace.events_max as f64);
        }
        answer
    }
}

/// A part of the events, at least one.
fn divided(events: i64, by: i64) -> i64 {
    events.checked_div(by).unwrap_or(events).max(1)
}

#[cfg(test)]
mod tests;
