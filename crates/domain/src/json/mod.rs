//! JSON from outside, read strictly: what is accepted is what will be stored, or it is refused.

mod parse;
mod read;

pub use parse::{DECIMAL_DIGITS_MAX, DEPTH_MAX, INTEGER_MAX, parse, parse_with_decimals};
pub use read::read;

#[cfg(test)]
mod tests;
