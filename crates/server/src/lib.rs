//! server

pub mod listen;
