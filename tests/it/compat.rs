//! The surfaces of other billing systems.

mod access;
mod examples;
mod flexprice;
mod metronome;
mod together;
