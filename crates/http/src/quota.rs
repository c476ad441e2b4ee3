//! The quota of a key: a bucket that holds the requests of a second and refills evenly.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The window in which a key may send its rate, even all at once.
const WINDOW: Duration = Duration::from_secs(1);

/// The header fields of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4. This one: what is left, and until when.
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What a key may send.
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A key's bucket, kept as the instant at which it will be full: the generic cell rate algorithm
/// (ITU-T I.371, annex A).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    full_at: Instant,
}

/// The result of taking one request from a bucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Taken {
    /// Whether the request is allowed.
    pub(crate) allowed: bool,
    rate: NonZeroU32,
    left: u32,
    full_in: Duration,
}

impl Quota {
    /// A full bucket.
    pub(crate) fn whole(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Whether it is full.
    pub(crate) fn is_whole(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// Whether it is empty.
    pub(crate) fn is_used_up(&self, rate: NonZeroU32, now: Instant) -> bool {
        let mut copy = *self;
        !copy.take(rate, now).allowed
    }

    /// Takes one request, if there is one.
    pub(crate) fn take(&mut self, rate: NonZeroU32, now: Instant) -> Taken {
        let each = WINDOW.checked_div(rate.get()).unwrap_or(WINDOW);
        let missing = self.full_at.saturating_duration_since(now);
        let after = missing.saturating_add(each);
        let allowed = after <= WINDOW;
        let full_in = if allowed { after } else { missing };
        self.full_at = now + full_in;
        let left =
            WINDOW.saturating_sub(full_in).as_nanos().checked_div(each.as_nanos()).unwrap_or(0);
        Taken { allowed, rate, left: u32::try_from(left).unwrap_or(u32::MAX), full_in }
    }
}

impl Taken {
    /// Writes the quota into an answer's headers.
    pub(crate) fn write_to(&self, headers: &mut HeaderMap) {
        let seconds = self.full_in.as_secs_f64().ceil();
        let policy = format!("\"key\";q={};w={}", self.rate, WINDOW.as_secs());
        let now = format!("\"key\";r={};t={seconds}", self.left);
        for (name, text) in [(RATELIMIT_POLICY, policy), (RATELIMIT, now)] {
            // Digits and quotes are always a header's value.
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}
