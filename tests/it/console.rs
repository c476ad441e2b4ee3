//! The console: pages for people.

mod customer;
mod keys;
mod pages;
mod sessions;
mod timeline;
pub(crate) mod visitor;
