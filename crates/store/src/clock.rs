//! The database's clock, as this process knows it.

use std::time::Instant;

use chrono::{DateTime, Duration, DurationRound, Utc};

/// The database's time at a moment of ours; between answers it runs by the monotonic clock.
///
/// A wrong clock on the service's machine therefore changes nothing in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    told: DateTime<Utc>,
    at: Instant,
}

impl Clock {
    /// The database has just said that it is `told`.
    pub(crate) fn told(told: DateTime<Utc>) -> Self {
        Self { told, at: Instant::now() }
    }

    /// Now, in whole microseconds, and later than `last`.
    ///
    /// So the time of recording never goes back within a partition, and the instants of two commands
    /// differ: a reader as of an instant sees all of a command or nothing.
    pub(crate) fn after(&self, last: DateTime<Utc>) -> DateTime<Utc> {
        let elapsed = Duration::from_std(self.at.elapsed()).unwrap_or_default();
        let now = self.told.checked_add_signed(elapsed).unwrap_or(self.told);
        let now = now.duration_trunc(Duration::microseconds(1)).unwrap_or(now);
        now.max(last.checked_add_signed(Duration::microseconds(1)).unwrap_or(last))
    }
}
