//! Texts in all scripts: what is found by them, and which are refused.

mod found;
mod refused;
