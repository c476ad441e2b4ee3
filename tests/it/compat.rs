//! The surfaces of other billing systems.

mod metronome;
