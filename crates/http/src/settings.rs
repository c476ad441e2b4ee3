//! How the service treats requests.

use std::time::Duration;

use crate::limits::RequestLimits;
use crate::maxima::BODY_BYTES_MAX;

/// How the service treats requests.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The largest body of a request, and of a line of NDJSON, in bytes.
    pub body_bytes_max: usize,
    /// How long a body may take to arrive; for NDJSON, how long a pause may be.
    pub body_timeout: Duration,
    /// How much may be asked at a time.
    pub requests: RequestLimits,
    /// Makes the text of `/metrics`.
    pub metrics: fn() -> String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_bytes_max: BODY_BYTES_MAX,
            body_timeout: Duration::from_secs(10),
            requests: RequestLimits::default(),
            metrics: String::new,
        }
    }
}
