//! The database's clock, as this process knows it.

use std::time::Instant;

use chrono::{DateTime, Duration, DurationRound, Utc};

/// The database's time, continued by the monotonic clock.
///
/// So a wrong clock on the service's machine does not affect the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    reported: DateTime<Utc>,
    at: Instant,
}

impl Clock {
    /// The database just reported this time.
    pub(crate) fn reported(reported: DateTime<Utc>) -> Self {
        Self { reported, at: Instant::now() }
    }

    /// Now, in whole microseconds, and always later than `last`.
    ///
    /// So the recording time never goes back within a partition, and two commands have different
    /// times: a read as of an instant sees all of a command or nothing.
    pub(crate) fn after(&self, last: DateTime<Utc>) -> DateTime<Utc> {
        let elapsed = Duration::from_std(self.at.elapsed()).unwrap_or_default();
        let now = self.reported.checked_add_signed(elapsed).unwrap_or(self.reported);
        let now = now.duration_trunc(Duration::microseconds(1)).unwrap_or(now);
        now.max(last.checked_add_signed(Duration::microseconds(1)).unwrap_or(last))
    }
}
