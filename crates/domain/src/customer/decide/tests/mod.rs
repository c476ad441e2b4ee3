//! The rules of a customer, one by one: accepted, unchanged, refused.

mod adapter;
mod billing;
mod hierarchy;
mod identity;
mod lifecycle;
mod payment;
mod revert;
mod settings;
