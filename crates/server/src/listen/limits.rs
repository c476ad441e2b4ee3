//! The limits of connections.

use std::time::Duration;

/// Limits of one connection, and of all together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The time from a connection's start, or from the first byte of a later request, to the end of the
    /// request's head. Beyond it: 408, or no answer if no byte was received.
    pub header_timeout: Duration,
    /// Bytes of a request's head, from its first to the empty line that ends it. Beyond it: 431.
    pub header_bytes_max: usize,
    /// Header lines of a request, at most 100. Beyond it: 431.
    pub headers_max: usize,
    /// Bytes of a request's target. Beyond it: 414.
    pub uri_bytes_max: usize,
    /// Open connections. More wait in the kernel's queue.
    pub connections_max: usize,
    /// The time that requests in progress have to finish when the service stops.
    pub drain: Duration,
    /// How long a connection may be idle between two requests, or neither read nor send
    /// [`Limits::moved_bytes_min`] while an answer waits.
    pub idle_timeout: Duration,
    /// Bytes that a peer has to read of an answer, or send, within [`Limits::idle_timeout`], or all that is left.
    pub moved_bytes_min: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(5),
            header_bytes_max: 16 * 1024,
            headers_max: 100,
            uri_bytes_max: 8 * 1024,
            connections_max: 10_000,
            drain: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            moved_bytes_min: 256 * 1024,
        }
    }
}
