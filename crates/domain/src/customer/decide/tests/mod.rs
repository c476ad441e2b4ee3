//! The rules of a customer: what is accepted, what changes nothing, what is refused.

mod billing;
mod custom_fields;
mod delivery;
mod hierarchy;
mod identity;
mod lifecycle;
mod payment;
mod revenue;
mod revert;
mod settings;
mod undo;
