//! The surfaces of other billing systems.

mod access;
mod examples;
mod flexprice;
mod maple;
mod metronome;
mod telness;
pub(crate) mod together;
