//! Positions of the log as callers see them.

use axum::http::HeaderName;
use store::Partition;

/// The position of the log that a write came to.
pub const POSITION: HeaderName = HeaderName::from_static("dossier-position");
/// A position as callers see it: to be handed back, not to be read.
pub fn token(partition: Partition, position: i64) -> String {
    format!("{partition}.{position}")
}
