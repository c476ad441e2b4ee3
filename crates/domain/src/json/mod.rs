//! Strict reading of JSON from outside: it is refused unless it can be stored unchanged.

mod parse;
mod read;

pub use parse::{DECIMAL_DIGITS_MAX, DEPTH_MAX, INTEGER_MAX, parse};
pub use read::read;

#[cfg(test)]
mod tests;
