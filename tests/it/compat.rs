//! The vendor APIs.

mod access;
mod described;
mod examples;
mod flexprice;
mod maple;
mod metronome;
mod page;
mod telness;
pub(crate) mod together;
