//! Limits that problems name.

/// Streams, exports, waiting requests and requests with many commands that one tenant may have open at
/// one instance.
pub const OPEN_MAX: usize = 100;

/// The largest body of a request, and line of NDJSON, by default: in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
