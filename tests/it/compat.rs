//! The surfaces of other billing systems.

mod access;
mod maple;
mod metronome;
mod telness;
