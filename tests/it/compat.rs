//! The surfaces of other billing systems.

mod access;
mod flexprice;
mod metronome;
