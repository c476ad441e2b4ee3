//! JSON from outside, read strictly: what is accepted is what will be stored, or it is refused.

mod parse;
mod read;

pub use parse::{DEPTH_MAX, INTEGER_MAX, parse};
pub use read::read;

#[cfg(test)]
mod tests;
