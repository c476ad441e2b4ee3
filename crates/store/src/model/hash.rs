//! A hash.

/// A SHA-256.
pub type Hash = [u8; 32];
