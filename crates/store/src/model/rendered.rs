//! An answer as it is stored.

/// An answer as it is sent, and as it is stored under an idempotency key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendered {
    /// The status in the caller's protocol.
    pub status: u16,
    /// The version, if the answer has one.
    pub version: Option<i64>,
    /// The position, if the answer has one.
    pub position: Option<i64>,
    /// The body.
    pub body: String,
}
