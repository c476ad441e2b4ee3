//! The console: pages for people.

mod customer;
mod pages;
mod sessions;
pub(crate) mod visitor;
