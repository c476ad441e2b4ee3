//! Texts in all scripts: searches, and texts that are refused.

mod found;
mod refused;
