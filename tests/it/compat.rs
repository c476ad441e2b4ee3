//! The surfaces of other billing systems.

mod flexprice;
mod metronome;
